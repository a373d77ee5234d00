"""The order of calls behind each command. No terminal and no Typer here."""
