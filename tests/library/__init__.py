"""Tests of the Python API, in this process, as a script or notebook uses it."""
