"""Tests of the ledger, on real files and with real processes."""
