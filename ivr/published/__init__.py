"""Menus as they are live: published, tried against each other, changed by people, and their faults."""
