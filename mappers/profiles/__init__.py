"""The golden profile and its traits."""
