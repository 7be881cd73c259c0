"""The sounds of the menus: recorded, made, kept."""
