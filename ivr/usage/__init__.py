"""What callers do in the menus, as figures."""
