"""The entry point: answers `--version` before anything is loaded, collects nothing at the start, and ends at once."""

import sys

_code: int | None = None  # of a run that has come to its end


def main() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        from visionask import __version__

        sys.stdout.write(f"visionask {__version__}\n")
        return
    import atexit
    import gc
    import os

    # the SDK's pydantic would look for plugins in every package that is installed: a fortieth of `ask`
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # noqa: TID251 - written, not read
    atexit.register(_leave)  # registered first, called last
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
    global _code  # noqa: PLW0603 - atexit hands nothing over
    _code = code
    sys.exit(code)


def _leave() -> None:
    """End the process, when threads have ended and all else has been closed, without freeing each object before.

    That would take a tenth of a short run. Where a stream cannot be flushed, Python's own end says so.
    """
    if _code is None:
        return
    import os

    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        return
    os._exit(_code)


def _terminate(signum: int, _frame: object) -> None:
    sys.exit(128 + signum)


if __name__ == "__main__":
    main()
