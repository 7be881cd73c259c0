"""What people read for the codes, names and sentences of other parts. English here, Chinese in the catalogue."""
