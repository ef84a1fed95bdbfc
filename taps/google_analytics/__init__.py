"""Reads Google Analytics 4: the events of the nightly export, and daily figures."""
