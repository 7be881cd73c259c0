"""Settings as forms: built from the models that check each file, changing the same text that people may edit."""
