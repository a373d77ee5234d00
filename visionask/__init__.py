"""visionask: ask questions about images, with the price shown first.

    from visionask import ask, check, plan, scan

    plan("photo.jpg").input_usd                     # what it costs; no key, nothing is sent
    ask("What is in this image?", "photo.jpg").answer
    for result in scan("Is there a person?", "photos/"): ...
    assert check("a login button is visible", "shot.png")
    eval("labels.csv", "Is it damaged?", model=["gpt-6-luna", "gpt-4o"]).recommended
    diff("monday.jsonl", "tuesday.jsonl").share_changed

`help(visionask.ask)` names the keywords: the commands' flags, with underscores. `visionask.errors` has the classes of
what can fail, `visionask.aio` the same functions to be awaited. Nothing is loaded before it is used.
"""

__version__ = "0.1.0"
__all__ = (
    "Checked",
    "Diff",
    "Evaluated",
    "Plan",
    "Reply",
    "Result",
    "Results",
    "VisionaskError",
    "__version__",
    "aio",
    "ask",
    "check",
    "diff",
    "errors",
    "eval",
    "plan",
    "scan",
)

_MODULES = {"aio": "visionask.run.library.aio", "errors": "visionask.errors"}
_PLACES = {
    "ask": "visionask.run.library.api",
    "check": "visionask.run.library.api",
    "diff": "visionask.run.library.comparing",
    "eval": "visionask.run.library.comparing",
    "plan": "visionask.run.library.api",
    "scan": "visionask.run.library.api",
    "Checked": "visionask.run.library.results",
    "Diff": "visionask.run.library.results",
    "Evaluated": "visionask.run.library.results",
    "Plan": "visionask.run.library.results",
    "Reply": "visionask.run.library.results",
    "Result": "visionask.run.library.results",
    "Results": "visionask.run.library.results",
    "VisionaskError": "visionask.core.errors",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _PLACES:
        raise AttributeError(f"module 'visionask' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
