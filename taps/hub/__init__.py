"""The door out of the store."""
