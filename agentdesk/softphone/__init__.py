"""The telephone in the browser: its account for a session, and its line to the switch."""
