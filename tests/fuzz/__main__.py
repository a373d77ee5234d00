"""The entry point: `python -m tests.fuzz NAME --seconds N --seed S`; also a saved input, and Atheris."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzz.runner import run, save
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Run one target, or all; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Feed damaged inputs to one reader.")
    parser.add_argument("name", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--save", type=Path, default=Path("fuzz-crashes"), metavar="FOLDER", help="for inputs that fail"
    )
    parser.add_argument("--input", type=Path, metavar="FILE", help="only this input, in this process")
    parser.add_argument("--atheris", action="store_true", help="guided by coverage, if `atheris` is installed")
    options = parser.parse_args()
    if options.input:
        TARGETS[options.name].check(options.input.read_bytes())
        return 0
    if options.atheris:
        from tests.fuzz.guided import guide

        guide(options.name, seconds=options.seconds, seed=options.seed, folder=options.save)
    found = 0
    for name in TARGETS if options.name == "all" else [options.name]:
        figures = run(name, seed=options.seed, seconds=options.seconds)
        print(figures.line(name), flush=True)
        for number, fault in figures.crashes.items():
            print(f"  input {number}: {fault.strip().splitlines()[-1]}", flush=True)
        save(name, figures, seed=options.seed, folder=options.save)
        found += len(figures.crashes)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
