"""The floor under virtual time: traffic, days, comparisons and staffing."""
