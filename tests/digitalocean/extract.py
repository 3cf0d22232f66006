"""`python -m tests.digitalocean.extract` makes openapi.json: what the stand-in answers, as DigitalOcean describes it.

The whole description is github.com/digitalocean/openapi (Apache-2.0); what is in it for people to read is left out.
"""

import json
import re
from pathlib import Path
from typing import Any

import tests.digitalocean.droplets  # noqa: F401  (registers its calls)
from tests.digitalocean.operations import OPERATIONS

HERE = Path(__file__).parent / "openapi.json"
PROSE = (
    "description",
    "example",
    "examples",
    "x-codeSamples",
    "summary",
    "headers",
    "title",
    "tags",
    "operationId",
    "security",
)


def extract(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the calls that the stand-in knows, with all that they refer to and without prose."""
    paths: dict[str, Any] = {}
    for path, operations in whole["paths"].items():
        example = re.sub(r"\{\w+\}", "1", path)
        methods = {m.lower() for m, pattern, _, _ in OPERATIONS if pattern.fullmatch(example)}
        if kept := {m: o for m, o in operations.items() if m in methods or (m == "parameters" and methods)}:
            paths[path] = _plain(kept)
    found: dict[str, Any] = {"paths": paths}
    while missing := _references(found) - _defined(found):
        for reference in missing:
            source, target = whole, found
            *keys, last = reference.removeprefix("#/").split("/")
            for key in keys:
                source, target = source[key], target.setdefault(key, {})
            target[last] = _plain(source[last])
    return found


def _plain(node: Any, named: bool = False) -> Any:
    """Return the node without prose; under `properties` the same words are names."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if named or key not in PROSE}
    return {key: _plain(value, not named and key == "properties") for key, value in kept.items()}


def _references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*(_references(item) for item in node))
    if not isinstance(node, dict):
        return set()
    here = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return here.union(*(_references(value) for value in node.values()))


def _defined(document: dict[str, Any]) -> set[str]:
    return {f"#/components/{kind}/{name}" for kind, names in document.get("components", {}).items() for name in names}


if __name__ == "__main__":
    from tests.digitalocean.conformance import DESCRIPTION

    HERE.write_text(
        json.dumps(extract(json.loads(DESCRIPTION.read_text())), separators=(",", ":"), sort_keys=True) + "\n"
    )
