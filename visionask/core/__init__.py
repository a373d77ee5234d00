"""Pure rules and values. Touches no file, clock, environment or network."""
