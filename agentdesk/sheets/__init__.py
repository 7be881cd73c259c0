"""Tables that leave the house as files."""
