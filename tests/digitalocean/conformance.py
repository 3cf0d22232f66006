"""Whether a request and its answer are what DigitalOcean's own description of its API allows."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft4Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.support.programs import ROOT

# The whole description where it is beside the repository, else the part of it that extract.py took.
SHARED = [parent / "shared/data/digitalocean-openapi.json" for parent in (ROOT.parent, ROOT.parent.parent)]
EXTRACT = ROOT / "tests/digitalocean/openapi.json"
DESCRIPTION = next((path for path in SHARED if path.is_file()), EXTRACT)


class Conformance:
    """The description (an OpenAPI 3.0 document) as a judge of single calls."""

    def __init__(self, description: Path) -> None:
        """Read the description; its schemas become JSON Schema draft 4, which they are but for `nullable`."""
        self.document: dict[str, Any] = _nullable(json.loads(description.read_text()))
        self._registry: Registry[Any] = Registry().with_resource("urn:api", DRAFT4.create_resource(self.document))
        self.paths = {
            re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): operations
            for path, operations in self.document["paths"].items()
        }

    def complaints(
        self, method: str, path: str, query: dict[str, str], body: Any, status: int, answer: Any
    ) -> Iterator[str]:
        """Yield a sentence for whatever the description does not allow in this call."""
        call = f"{method} {path}"
        operation = next(
            (o[method.lower()] for p, o in self.paths.items() if p.fullmatch(path) and method.lower() in o), None
        )
        if operation is None:
            yield f"{call} is no call of the API."
            return
        names = {self._resolve(parameter)["name"] for parameter in operation.get("parameters", [])}
        for name in query.keys() - names:
            yield f"{call} has no parameter {name}."
        if body is not None:
            if "requestBody" not in operation:
                yield f"{call} takes no body."
            else:
                yield from self._judge(f"{call} asked", operation["requestBody"], body)
        response = operation["responses"].get(str(status))
        if response is None:
            if status not in (403, 404, 409, 422, 503):
                yield f"{call} never answers {status}."
            response = operation["responses"]["default"]
        yield from self._judge(f"{call} answered {status}", response, answer)

    def _judge(self, what: str, holder: dict[str, Any], instance: Any) -> Iterator[str]:
        content = self._resolve(holder).get("content")
        if content is None:
            if instance is not None:
                yield f"{what} with content, which is not allowed."
            return
        schema = content["application/json"]["schema"]
        for error in Draft4Validator(_absolute(schema), registry=self._registry).iter_errors(instance):
            yield f"{what}: {error.json_path}: {error.message}"
        for name in self._unknown(instance, [schema], "$"):
            yield f"{what}: {name} is unknown."

    def _resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            found: Any = self.document
            for key in schema["$ref"].removeprefix("#/").split("/"):
                found = found[key.replace("~1", "/")]
            schema = found
        return schema

    def _unknown(self, instance: Any, schemas: list[dict[str, Any]], path: str) -> Iterator[str]:
        """Yield the properties that none of the schemas names: a validator alone lets misspelled ones through."""
        flat = []
        while schemas:
            schema = self._resolve(schemas.pop())
            flat.append(schema)
            schemas += [part for kind in ("allOf", "anyOf", "oneOf") for part in schema.get(kind, [])]
        if isinstance(instance, list):
            for number, item in enumerate(instance):
                yield from self._unknown(item, [s["items"] for s in flat if "items" in s], f"{path}[{number}]")
        elif isinstance(instance, dict) and any("properties" in schema for schema in flat):
            for key, value in instance.items():
                known = [s["properties"][key] for s in flat if key in s.get("properties", {})]
                if not known:
                    yield f"{path}.{key}"
                yield from self._unknown(value, known, f"{path}.{key}")


@cache
def described() -> Conformance:
    """Return the judge by the description that is there."""
    return Conformance(DESCRIPTION)


@cache
def complaints(method: str, path: str, query: str, body: str, status: int, answer: str) -> tuple[str, ...]:
    """Return what it does not allow in a call, whose body and answer are JSON: most calls of the tests come again."""
    judged = method, path, dict(parse_qsl(query)), json.loads(body), status, json.loads(answer)
    return tuple(described().complaints(*judged))


def _nullable(node: Any) -> Any:
    """Write OpenAPI's `nullable: true` as JSON Schema says it."""
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _nullable(value) for key, value in node.items()}
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    return node


def _absolute(node: Any) -> Any:
    """Let references point into the description, wherever the schema is used."""
    if isinstance(node, list):
        return [_absolute(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: f"urn:api{value}" if key == "$ref" else _absolute(value) for key, value in node.items()}
