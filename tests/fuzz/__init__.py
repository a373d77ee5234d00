"""Fuzzing of everything that reads bytes of strangers: `python -m tests.fuzz NAME --seconds N --seed S`."""
