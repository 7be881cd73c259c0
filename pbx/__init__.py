"""Layer 2: every contact with Asterisk. The only importer of panoramisk."""
