"""What the bank's own systems answer in a menu."""
