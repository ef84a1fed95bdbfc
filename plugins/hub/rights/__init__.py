"""The rights of a person: erasure, objection, access; what ages out; and the register of what is done with whom."""
