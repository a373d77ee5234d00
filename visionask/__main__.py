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
    from visionask.cli.app import run

    gc.freeze()
    gc.enable()
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = 141
    gc.freeze()  # nothing of what is loaded need be looked at on the way out
    if code == 141:
        _close_quietly()
    sys.exit(code)


def _terminate(signum: int, _frame: object) -> None:
    sys.exit(128 + signum)


def _close_quietly() -> None:
    """Send what is still buffered for a reader that went away to nowhere, so that the exit says nothing about it."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


if __name__ == "__main__":
    main()
