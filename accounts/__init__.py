"""Layer 1: people, roles, login, audit trail."""
