"""What vendors tell of leaves everywhere without waiting for the next round: read back, kept, and acted on, warm."""
