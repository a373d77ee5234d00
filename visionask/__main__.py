"""The entry point."""


def main() -> None:
    raise SystemExit(2)
