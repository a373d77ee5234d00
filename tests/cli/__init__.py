"""The tests of the installed command."""
