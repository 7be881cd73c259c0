"""Menus that fail while they answer callers: what is kept of it, and how the caller is saved."""
