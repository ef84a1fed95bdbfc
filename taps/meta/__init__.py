"""Reads a Page on Facebook and its account on Instagram: what people write there, and the forms they fill in."""
