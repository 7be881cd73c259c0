"""The pages of the quality office."""
