"""The pages over HTTP, a module for each room of the desk."""
