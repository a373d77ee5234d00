"""Tests of the order of calls, in this process: what no output shows."""
