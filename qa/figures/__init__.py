"""Figures of the quality office."""
