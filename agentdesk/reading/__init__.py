"""Read models: what the pages show, read from the parts."""
