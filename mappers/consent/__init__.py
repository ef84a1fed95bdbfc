"""May we: the fold from acts to a state, the same text for a million profiles and for one batch."""
