"""The demonstration's story: one customer through every system of the sandbox."""
