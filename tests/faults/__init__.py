"""A Chat Completions server that fails on demand, for tests of the wire."""
