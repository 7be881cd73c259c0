"""The command line, one module a part."""
