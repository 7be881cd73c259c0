"""What callers leave to be answered."""
