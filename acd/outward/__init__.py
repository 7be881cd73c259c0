"""Calls that go out: by agents, to customers who were promised one, and by campaigns."""
