"""A whole site in one file: made while it runs, put back on any machine."""
