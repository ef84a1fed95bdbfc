"""What the Mailchimp target promises, against the sandbox."""
