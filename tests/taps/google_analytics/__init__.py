"""What the Google Analytics tap promises, against files, answers served by `responses`, and the sandbox."""
