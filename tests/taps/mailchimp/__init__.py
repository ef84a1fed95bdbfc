"""What the Mailchimp tap promises, against answers served by `responses`."""
