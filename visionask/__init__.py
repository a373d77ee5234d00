"""visionask: ask questions about images, with the price shown first.

    from visionask import ask, plan, scan

`errors` has the classes of what can fail. Nothing is loaded before it is used.
"""

__version__ = "0.1.0"
__all__ = ("Plan", "Result", "VisionaskError", "__version__", "ask", "errors", "plan", "scan")

_PLACES = {
    "ask": "visionask.run.library",
    "plan": "visionask.run.library",
    "scan": "visionask.run.library",
    "Plan": "visionask.run.results",
    "Result": "visionask.run.results",
    "VisionaskError": "visionask.core.errors",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "errors":
        return import_module("visionask.core.errors")
    if name not in _PLACES:
        raise AttributeError(f"module 'visionask' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
