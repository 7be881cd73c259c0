"""Callers who speak instead of pressing keys."""
