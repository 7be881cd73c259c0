"""Who hears a recording, by which right, and what is written down of it."""
