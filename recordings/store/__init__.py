"""Where finished files live, sealed."""
