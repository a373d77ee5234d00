"""Speed and memory, measured in pairs. Run by hand: `python -m tests.bench`; pytest times nothing."""
