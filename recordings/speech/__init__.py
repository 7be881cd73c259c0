"""From sound to timed words and measures."""
