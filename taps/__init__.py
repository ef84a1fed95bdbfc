"""Singer taps, one folder per system."""
