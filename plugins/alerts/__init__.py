"""Tells people what is wrong: one message when it begins, one when it is over, and what to do."""
