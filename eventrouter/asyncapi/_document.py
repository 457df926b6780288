"""The document: channels, an operation for every route, and the messages and schemas that they share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, NamedTuple

from .._envelopes import MAX_DEPTH, Envelope
from .._schemas import NoJsonSchemaError, json_schemas
from .._signature import EMPTY, called_function, name_of, strip_annotated, type_name
from .._sniff import sources
from ..errors import RegistrationError
from ._channels import channel_of, conditions_of, safe
from ._draft07 import draft07
from ._payloads import cases_of, payload_of

if TYPE_CHECKING:
    from .._registry import Registry
    from .._settings import AppSettings
    from ..routing import Route
    from ..source import Source
    from ..types import Decoder, JsonObject

_SCHEMAS = "#/components/schemas/"


class Case(NamedTuple):
    """One of the types that a route's messages have."""

    annotation: Any
    content_type: str


class Listed:
    """A route with what the document says of it."""

    def __init__(self, route: Route, id: str, *, decoder: Decoder | None, is_enrichment: bool) -> None:
        self.route = route
        self.id = id
        #: Makes the payload of what is sent; None where that is the payload.
        self.decoder = route.options.get("decode", decoder) if route.raw is not None else None
        self.is_enrichment = is_enrichment
        self.source: Source = sources[route.pattern.sources[0]]
        self.channel = channel_of(route)
        payload = payload_of(route, self.source)
        self.cases = [] if payload is EMPTY else [Case(each, self._content_type(each)) for each in cases_of(payload)]
        #: The names of its messages among the components.
        self.messages: list[str] = []

    def _content_type(self, annotation: object) -> str:
        bare = strip_annotated(annotation)[0]
        # Where the payload is a JSON value already, text is one too.
        if bare not in (str, bytes) or self.source.payload_is_value:
            return "application/json"
        return "text/plain" if bare is str else "application/octet-stream"

    def as_dict(self, channel: str) -> JsonObject:
        """The Operation Object."""
        summary, _, rest = (cleandoc(called_function(self.route.function).__doc__ or "")).partition("\n")
        found: JsonObject = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": summary or self.route.name.replace("_", " ").strip().capitalize(),
        }
        if description := "\n\n".join(filter(None, (rest.strip(), *self._notes()))):
            found["description"] = description
        found["tags"] = [{"name": self.source.name}]
        found["messages"] = [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in self.messages]
        if conditions := conditions_of(self.route, self.channel):
            found["x-eventrouter-where"] = conditions
        return found

    def _notes(self) -> Iterable[str]:
        plan, options, noun = self.route.plan, self.route.options, self.channel.kind.noun
        if "via" in options:
            yield (
                f"Each message of the {noun} carries a whole {self.source.name} event as JSON, or SNS notifications of one "
                f"(at most {MAX_DEPTH} envelopes deep). The payload is that of the event inside, once per record."
            )
        if self.route.pattern.bind.get("unwrap"):
            yield (
                f"A message of the {noun} may be an SNS notification: the payload is then the text of its `Message`; "
                "otherwise it is the message itself."
            )
        if self.decoder is not None:
            yield f"What is sent is decoded by `{name_of(self.decoder)}` before it is the payload."
        if plan.batch:
            yield "The messages of one delivery are taken together."
        if self.is_enrichment:
            yield "An enrichment of EventBridge Pipes: what is returned for a message goes on to the pipe's target."


def document(
    registry: Registry,
    settings: AppSettings,
    *,
    title: str,
    version: str,
    description: str,
    servers: Mapping[str, Mapping[str, Any]],
) -> JsonObject:
    """The AsyncAPI document of the routes in *registry*, JSON values throughout."""
    listed = list(_listed(registry, settings))
    messages, schemas = _components(listed)
    channels: dict[str, JsonObject] = {}
    ids: dict[tuple[str, str], str] = {}
    operations: dict[str, JsonObject] = {}
    for each in listed:
        identity = (each.channel.source.name, each.channel.name)
        if identity not in ids:
            ids[identity] = _unique(each.channel.id, channels)
            channels[ids[identity]] = each.channel.as_dict(_messages_in(listed, identity))
        operations[each.id] = each.as_dict(ids[identity])
    info = {"title": title, "version": version, **({"description": description} if description else {})}
    return {
        "asyncapi": "3.0.0",
        "info": info,
        **({"servers": {name: dict(server) for name, server in servers.items()}} if servers else {}),
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _listed(registry: Registry, settings: AppSettings) -> Iterable[Listed]:
    """Every route of records, in the order of registration."""
    found: dict[int, tuple[Route, bool]] = {}
    for tables in (registry.tables, registry.enrichments, *registry.vias.values()):
        for route in (route for routes in tables.values() for route in routes.routes):
            # What stands for the routes with via= is none of the user's.
            if not isinstance(route.pattern.bind.get("opens"), Envelope):
                found[route.index] = (route, tables is registry.enrichments)
    ids: set[str] = set()
    for _, (route, is_enrichment) in sorted(found.items()):
        id = _unique(safe(route.name) or "route", ids)
        ids.add(id)
        yield Listed(route, id, decoder=settings.decode, is_enrichment=is_enrichment)


def _components(listed: Sequence[Listed]) -> tuple[dict[str, JsonObject], dict[str, JsonObject]]:
    """The messages and schemas of all routes, each once, by name; every route learns the names of its own messages."""
    cases = [(each, case) for each in listed for case in each.cases]
    try:
        found, definitions = json_schemas(
            [(case.annotation, "validation") for _, case in cases], ref_template=f"{_SCHEMAS}{{model}}"
        )
    except NoJsonSchemaError as error:
        each, case = cases[error.index]
        plan = each.route.plan
        raise RegistrationError(
            f"{plan.name}() [{plan.location}]: its payload {type_name(case.annotation)} has no JSON Schema: {error}"
        ) from None
    messages: dict[str, JsonObject] = {}
    names: dict[str, str] = {}
    for (each, case), schema in zip(cases, found, strict=True):
        content = {"contentType": case.content_type, "payload": draft07(schema)}
        same = json.dumps(content, sort_keys=True)
        if same not in names:
            names[same] = _unique(_message_name(each, case, schema), messages)
            messages[names[same]] = {"name": names[same], **content}
        each.messages.append(names[same])
    blind = [each for each in listed if not each.cases]
    if blind:
        # Whatever is sent, the handler does not look at it.
        name = _unique("Anything", messages)
        messages[name] = {"name": name}
        for each in blind:
            each.messages.append(name)
    return messages, {name: draft07(schema) for name, schema in definitions.items()}


def _message_name(each: Listed, case: Case, schema: JsonObject) -> str:
    bare = strip_annotated(case.annotation)[0]
    plain: dict[object, str] = {str: "Text", bytes: "Bytes", dict: "Object", type(None): "Null"}
    kind = getattr(bare, "__origin__", bare)
    if isinstance(kind, type) and kind in plain:
        return plain[kind]
    return schema["$ref"].removeprefix(_SCHEMAS) if set(schema) == {"$ref"} else each.id


def _messages_in(listed: Sequence[Listed], identity: tuple[str, str]) -> Sequence[str]:
    """The names of all messages of one channel."""
    inside = [each for each in listed if (each.channel.source.name, each.channel.name) == identity]
    return list(dict.fromkeys(name for each in inside for name in each.messages))


def _unique(name: str, taken: Iterable[str]) -> str:
    """*name*, or with a number where another one has it."""
    count, found = 1, name
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    return found
