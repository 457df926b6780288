"""AsyncAPI's own schema, which documents are held against."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

MISSING = (
    f"AsyncAPI's schema is not in {sys.prefix}/share: `scripts/setup .venv dev` fetches it from npm's registry, or "
    f"`{sys.executable} scripts/asyncapi_schema.py {sys.prefix}/share` does, which says what is in the way"
)


@cache
def official() -> Draft7Validator | None:
    """A validator of AsyncAPI 3.0.0 documents; None where npm's registry could not be reached for the schema."""
    found = sorted((Path(sys.prefix) / "share").glob("asyncapi-specs-*/3.0.0.json"))
    return Draft7Validator(json.loads(found[-1].read_text())) if found else None


def problems(document: dict[str, Any]) -> list[str]:
    """What is wrong with a document: by the official schema, and with its references."""
    validator = official()
    errors = [] if validator is None else validator.iter_errors(document)
    found = [f"{error.json_path}: {error.message[:200]}" for error in errors]
    found += [f"{ref} leads nowhere" for ref in references(document) if not leads_somewhere(document, ref)]
    for id, operation in document["operations"].items():
        channel = operation["channel"]["$ref"]
        messages = [each["$ref"] for each in operation["messages"]]
        found += [f"{id}: {each} is of another channel" for each in messages if not each.startswith(f"{channel}/")]
    return found


def references(value: object) -> Iterator[str]:
    """Every reference anywhere in a document."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "$ref" and isinstance(each, str):
                yield each
            else:
                yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def leads_somewhere(document: dict[str, Any], ref: str) -> bool:
    found: Any = document
    for step in ref.removeprefix("#/").split("/"):
        if not isinstance(found, dict) or step not in found:
            return False
        found = found[step]
    return ref.startswith("#/")


def accepts(document: dict[str, Any], message: str, payload: object) -> bool:
    """Whether *payload* is one of a message, by the document alone."""
    schema = {**document, **document["components"]["messages"][message]["payload"]}
    return bool(Draft7Validator(schema).is_valid(payload))
