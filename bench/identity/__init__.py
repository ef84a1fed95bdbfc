"""Who is who, against what others make of it, on data whose truth is known."""
