"""Benches against a private centre with real SIP: calls that end at every stage, and how fast a phone rings."""
