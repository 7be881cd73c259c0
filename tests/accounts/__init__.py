"""Tests of people, sign-in and access."""
