"""Owns the tests of what people and programs read."""
