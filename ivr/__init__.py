"""Layer 4: voice menus, prompts and self-service."""
