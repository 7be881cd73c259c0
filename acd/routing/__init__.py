"""Routing: who of those who wait is served next, and by whom."""
