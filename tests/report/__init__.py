"""The tests of what people and programs read."""
