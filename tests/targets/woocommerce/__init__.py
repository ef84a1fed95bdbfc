"""What the WooCommerce target promises, against the sandbox."""
