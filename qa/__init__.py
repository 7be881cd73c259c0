"""Layer 4: quality scoring and review."""
