"""What our processes say of themselves: lines of a log and traces, in which nobody and no key can be read."""
