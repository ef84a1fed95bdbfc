"""The door into the store."""
