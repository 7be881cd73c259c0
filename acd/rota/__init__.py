"""Who is to work when, and how it was kept."""
