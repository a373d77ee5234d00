"""Owns the tests of the installed command."""
