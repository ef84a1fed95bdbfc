"""Tells a Google Analytics property what was bought in shops, by who allowed it to be tied to their browser."""
