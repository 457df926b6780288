"""What is left of a handler's parameters on every source but HTTP: the payload, or the whole batch."""

from __future__ import annotations

from ._binding import make_by_role
from ._json import decode, dump_bytes
from ._signature import EMPTY, Parameter, Signature, is_union, type_name, union_members, without_none
from ._validators import bases_of, class_key, problems_of, validation_error, validator_for
from .batch import FINAL
from .errors import EventDecodeError, PayloadError, RegistrationError, ReplyError
from .params import Body, Marker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .context import Invocation
    from .source import Extractor, Role, Source
    from .types import Decoder, JsonValue, Record

_BATCH = "eventrouter.batch:Batch"
_WINDOW = "eventrouter.batch:Window"
#: The streams that have tumbling windows.
WINDOWED = ("kinesis", "dynamodb")
#: The arguments of a ``dict`` that any JSON object satisfies.
_ANY_OBJECT = ([], ["<class 'str'>", "typing.Any"])


class PayloadRest:
    """Binds the one parameter that is left over: the payload, as ``text``, ``bytes`` or JSON of its type.

    Attributes:
        payload: Its annotation, ``EMPTY`` while there is none.
        read: From a record to the payload's value.
        batch: ``"batch"`` or ``"list"`` where the handler wants the records of its route together.
        window: From a state as JSON to the ``Window`` of the handler, where it asks for one.
    """

    def __init__(
        self, sources: Sequence[Source], decoder: Decoder | None, unwrap: Callable[[JsonValue], JsonValue] | None
    ) -> None:
        self.source = sources[0]
        self.payload: object = EMPTY
        self.name = ""
        self.read: Callable[[Record], object] | None = None
        #: The payload before conversion, where ``decode=`` or ``unwrap=`` changes it.
        self.raw: Callable[[Record], Any] | None = None
        if sources[0].payload is not None and (decoder is not None or unwrap is not None):
            self.raw = raw_reader(sources[0], decoder, unwrap)
        self.batch: str | None = None
        self.window: Callable[[Any], Any] | None = None
        self.make_record: Callable[[Invocation, Record], object] = lambda invocation, record: record
        self._decoder = decoder
        self._unwrap = unwrap

    def extractor(self, parameter: Parameter, marker: Marker | None, what: str) -> Extractor:
        annotation = parameter.annotation
        if marker is not None and not isinstance(marker, Body):
            raise RegistrationError(f"{what}: {marker!r} reads an HTTP request, and {self.source.name} events are none")
        keys = [class_key(base) for base in bases_of(annotation)]
        if _WINDOW in keys:
            return self._window(annotation, what)
        if self.name:
            raise RegistrationError(
                f"{what} and {self.name!r} would both be the payload: one is; a dependency needs Depends, the record its "
                f"own type ({self.source.offer})"
            )
        self.name = parameter.name
        if _BATCH in keys:
            return self._whole_batch(annotation, what)
        if marker is None and getattr(annotation, "__origin__", annotation) is list and self.source.is_batch:
            return self._records(annotation, what)
        if not parameter.is_required:
            raise RegistrationError(
                f"{what} would be the payload, and a payload always comes: take out the default, or give it a Depends"
            )
        self.payload = parameter.full
        self.read = read_payload(self.source, parameter.full, what, decoder=self._decoder, unwrap=self._unwrap)
        read = self.read
        if self.source.name in WINDOWED:
            return lambda invocation, record: None if record is FINAL else read(record)
        return lambda invocation, record: read(record)

    def finished(self, signature: Signature) -> None:
        if self.batch and self.window:
            raise RegistrationError(
                f"{signature.name}() [{signature.location}]: Window and Batch do not go together: a window's state goes "
                "from record to record"
            )
        if self.window and self.payload is not EMPTY and not without_none(self.payload)[1]:
            raise RegistrationError(
                f"{signature.name}() [{signature.location}]: the last call of a window has no record: annotate "
                f"{self.name!r} as `{type_name(self.payload)} | None`"
            )

    def _whole_batch(self, annotation: object, what: str) -> Extractor:
        if not self.source.is_batch:
            raise RegistrationError(f"{what}: {self.source.name} events come one by one, so there is no Batch of them")
        arguments = getattr(annotation, "__args__", ())
        if len(arguments) != 1:
            raise RegistrationError(f"{what}: write Batch[...] with the type of the payload")
        self.batch = "batch"
        self.payload = arguments[0]
        self.read = read_payload(self.source, arguments[0], what, decoder=self._decoder, unwrap=self._unwrap)
        role = self._record_role()
        if role is not None:
            self.make_record = role
        return lambda invocation, batch: batch

    def _record_role(self) -> Callable[[Invocation, Record], object] | None:
        """The source's own record model, loaded when an item's ``.record`` is first asked for."""
        key = next((k for k, r in self.source.types.items() if r == "record" and k.startswith("eventrouter.")), None)
        if key is None:
            return None
        made: list[Extractor] = []

        def make(invocation: Invocation, record: Record) -> object:
            if not made:
                from importlib import import_module

                module, _, name = key.partition(":")
                made.append(make_by_role("record", getattr(import_module(module), name)))
            return made[0](invocation, record)

        return make

    def _records(self, annotation: object, what: str) -> Extractor:
        arguments = getattr(annotation, "__args__", ())
        inner = arguments[0] if arguments else EMPTY
        role: Role | None = None
        for base in bases_of(inner):
            role = role or self.source.types.get(class_key(base))
        if role is None or role == "event":
            shown = type_name(inner) if arguments else "T"
            raise RegistrationError(
                f"{what}: {self.source.name} calls once per record, so list[{shown}] is ambiguous: write Batch[{shown}] for "
                f"all records at once, or Annotated[list[{shown}], Body()] for messages that hold a JSON array"
            )
        self.batch = "list"
        self.make_record = make_by_role(role, inner)
        return lambda invocation, records: records

    def _window(self, annotation: object, what: str) -> Extractor:
        if self.source.name not in WINDOWED:
            raise RegistrationError(f"{what}: only Kinesis and DynamoDB streams have tumbling windows")
        arguments = getattr(annotation, "__args__", ())
        self.window = window_maker(arguments[0] if arguments else EMPTY)
        return lambda invocation, record: invocation.state["eventrouter.window"]


def window_maker(annotation: object) -> Callable[[Any], Any]:
    """From the state that Lambda hands over to the state that the handler is given."""
    if annotation is EMPTY:
        return lambda state: state
    validate = validator_for(annotation).validate_python
    failed = validation_error()
    origin: Any = getattr(annotation, "__origin__", annotation)

    def make(state: Any) -> Any:
        if not state:
            try:
                return validate({}) if origin is not dict else {}
            except failed:
                try:
                    return origin()
                except TypeError:
                    return None
        try:
            return validate(state)
        except failed as error:
            raise PayloadError(problems_of(error), "window state") from None

    return make


def read_payload(
    source: Source,
    annotation: object,
    what: str,
    *,
    decoder: Decoder | None = None,
    unwrap: Callable[[JsonValue], JsonValue] | None = None,
) -> Callable[[Record], object]:
    """A function from a record to its payload as *annotation*.

    Raises:
        RegistrationError: The source has no payload, or the annotation does not say what it is.
    """
    payload = source.payload
    if payload is None:
        raise RegistrationError(
            f"{what}: a {source.name} event has no payload of its own: ask for {source.offer or 'its event type'}"
        )
    _refuse_vague(annotation, what, source)
    bare, takes_none = without_none(annotation)
    convert = _converter(bare, source)
    is_value = source.payload_is_value and decoder is None
    where = f"{source.name} record"

    raw_of = raw_reader(source, decoder, unwrap)

    if decoder is not None or unwrap is not None or takes_none or is_value:

        def read(record: Record) -> object:
            raw = raw_of(record)
            if raw is None and (takes_none or not is_value):
                if takes_none:
                    return None
                raise PayloadError(
                    [_problem("none", "The record has no value: annotate the payload as `T | None` to take those")],
                    where,
                )
            return convert(raw, is_value)

        return read

    # The hot path of queues: text straight into the compiled validator.
    def read_text(record: Record) -> object:
        try:
            raw = payload(record)
        except (KeyError, TypeError, IndexError, AttributeError):
            raise PayloadError([_problem("missing", "The record has no payload")], where) from None
        return convert(raw, False)

    return read_text


def raw_reader(
    source: Source, decoder: Decoder | None, unwrap: Callable[[JsonValue], JsonValue] | None
) -> Callable[[Record], Any]:
    """A function from a record to its payload, decoded and taken out of its envelope where the route says so."""
    where = f"{source.name} record"
    payload: Any = source.payload

    def raw_of(record: Record) -> Any:
        try:
            raw = payload(record)
        except (KeyError, TypeError, IndexError, AttributeError):
            raise PayloadError([_problem("missing", "The record has no payload")], where) from None
        if decoder is not None and raw is not None:
            raw = _decoded(decoder, raw, where)
        return unwrap(raw) if unwrap is not None else raw

    return raw_of


def _refuse_vague(annotation: object, what: str, source: Source) -> None:
    bare, _ = without_none(annotation)
    vague = annotation is EMPTY or bare is object or str(bare) == "typing.Any"
    mixed = is_union(bare) and any(member in (str, bytes) for member in union_members(bare))
    if vague or mixed:
        shown = "no annotation" if annotation is EMPTY else type_name(annotation)
        raise RegistrationError(
            f"{what} would be the payload, and {shown} does not say what that is: write `str` or `bytes` for the text as "
            f"sent, a model for JSON of that type, `JsonValue` of pydantic for any JSON, or ask for {source.offer}"
        )


def _converter(annotation: object, source: Source) -> Callable[[Any, bool], object]:
    """From what the source gives (text, bytes, or a JSON value) to the annotation's type."""
    where = f"{source.name} record"
    if annotation is str:
        return lambda raw, is_value: _text(raw, where)
    if annotation is bytes:
        return lambda raw, is_value: _bytes(raw, where)
    origin = getattr(annotation, "__origin__", annotation)
    if origin is dict and [str(argument) for argument in getattr(annotation, "__args__", ())] in _ANY_OBJECT:
        # Any JSON object: known without pydantic, which such an app need not load.
        return lambda raw, is_value: _object(raw, is_value, where)
    validate_json = validator_for(annotation).validate_json
    failed = validation_error()

    def convert(raw: Any, is_value: bool) -> object:
        if is_value:
            # JSON rules for every source: a strict model takes a date from text, whichever trigger brought it.
            try:
                raw = dump_bytes(raw)
            except ReplyError:
                raise PayloadError([_problem("json_invalid", "The value is not JSON")], where) from None
        try:
            return validate_json(raw)
        except failed as error:
            raise PayloadError(problems_of(error), where) from None

    return convert


def _text(raw: Any, where: str) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bytes):
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise PayloadError([_problem("string_unicode", "The payload is not UTF-8 text")], where) from None
    raise PayloadError([_problem("string_type", "The payload is not a string")], where)


def _bytes(raw: Any, where: str) -> bytes:
    if isinstance(raw, bytes):
        return raw
    if isinstance(raw, str):
        return raw.encode("utf-8", "surrogatepass")
    raise PayloadError([_problem("bytes_type", "The payload is not text or bytes")], where)


def _object(raw: Any, is_value: bool, where: str) -> object:
    value = raw if is_value else json_of(raw, where)
    if not isinstance(value, dict):
        raise PayloadError([_problem("dict_type", "The payload is not a JSON object")], where)
    return value


def json_of(raw: Any, where: str) -> JsonValue:
    """Decode a payload's JSON text.

    Raises:
        PayloadError: It is not JSON that Python can hold.
    """
    try:
        return decode(raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass"))
    except (EventDecodeError, AttributeError):
        raise PayloadError([_problem("json_invalid", "The payload is not JSON")], where) from None


def _decoded(decoder: Decoder, raw: Any, where: str) -> bytes:
    try:
        return decoder(raw.encode() if isinstance(raw, str) else raw)
    except Exception as error:
        # Whatever the hook's library raises, it means bytes that cannot be read; its text may quote them.
        raise PayloadError([_problem("decode", f"decode= raised {type(error).__name__}")], where) from None


def _problem(kind: str, message: str) -> dict[str, object]:
    return {"type": kind, "loc": [], "msg": message}
