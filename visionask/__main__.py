"""The entry point: answers `--version` before anything is loaded, and keeps the collector out of the start-up."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from visionask import __version__

        sys.stdout.write(f"visionask {__version__}\n")
        return
    import gc

    gc.disable()  # importing makes hardly any garbage: collecting it costs 15% of the start
    import signal

    signal.signal(signal.SIGTERM, _terminate)
    try:
        from visionask.cli.app import run

        gc.freeze()
        gc.enable()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    gc.freeze()  # nothing of what is loaded need be looked at on the way out
    sys.exit(code)


def _terminate(signum: int, _frame: object) -> None:
    sys.exit(128 + signum)


if __name__ == "__main__":
    main()
