"""The ledger (SQLite): answers, what they cost, scans and conversations. sqlite3 lives here and nowhere else."""
