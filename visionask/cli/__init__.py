"""Commands: each file wires one command to one function of `run/` and one renderer of `report/`."""
