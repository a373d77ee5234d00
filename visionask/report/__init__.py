"""What people and programs read: lines, tables, records. rich lives here."""
