"""What the Tilroy target promises, against the sandbox."""
