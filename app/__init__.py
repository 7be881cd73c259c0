"""Layer 6: composition: settings to parts to a running centre, and the command line. Nothing imports it."""
