"""The pictures of the README, made from real runs: `python -m tests.readme`."""
