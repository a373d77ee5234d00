"""The index of the provider files: which file holds a model, an alias, a rule, a host.

`python -m tests.providers` writes it anew, after a provider file has changed. A command reads the index and then the
one file that it needs; completions take their names from it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "visionask" / "data" / "providers"
INDEX = FOLDER / "index.json"
FIRST = ("openai", "anthropic", "gemini")  # whose models a user is most likely to look for
LOCAL = ("ollama", "lmstudio", "llamacpp", "vllm", "transformers")  # named first among the profiles


def provider_files() -> dict[str, dict[str, Any]]:
    """Return every provider file by its id: those of OpenAI first, the rest by name."""
    names = sorted(path.stem for path in FOLDER.glob("*.json") if path != INDEX)
    names.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    return {name: json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in names}


def build_index() -> str:
    """Return the text of the index."""
    index: dict[str, dict[str, Any]] = {"hosts": {}, "models": {}, "aliases": {}, "rules": {}, "engines": {}}
    files = provider_files()
    for provider in sorted(files, key=lambda name: LOCAL.index(name) if name in LOCAL else len(LOCAL)):
        index["hosts"][provider] = files[provider]["hosts"]
        if files[provider].get("engine"):
            index["engines"][provider] = files[provider]["engine"]
    for provider, table in files.items():
        for kind in ("models", "rules"):
            for name in table[kind]:
                assert name not in index[kind], f"{name} is in two provider files"
                index[kind][name] = provider
        index["aliases"] |= table.get("aliases", {})
    return json.dumps(index, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    INDEX.write_text(build_index(), "utf-8")
