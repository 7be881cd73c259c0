"""Layer 0: settings, database, bus, errors, logging, time, supervision. Imports nothing of ours."""
