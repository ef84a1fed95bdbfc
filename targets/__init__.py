"""Singer targets, one folder per system."""
