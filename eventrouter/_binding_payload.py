"""What is left of a handler's parameters on every source but HTTP: the payload, or the whole batch."""

from __future__ import annotations

from ._binding import make_by_role
from ._json import decode, dump_bytes
from ._signature import EMPTY, LAMBDA, Parameter, Signature, is_union, type_name, union_members, without_none
from ._validators import bases_of, class_key, is_scalar, problems_of, validation_error, validator_for
from .batch import FINAL
from .errors import EventDecodeError, PayloadError, RegistrationError, ReplyError, ResponseValidationError
from .params import Body, Marker
from .source import OfRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    from .context import Invocation
    from .source import Extractor, Role, Source
    from .types import Decoder, JsonValue, Record

    #: From JSON text to the payload's value, and from a record to that text.
    Parts: TypeAlias = tuple[Callable[[Any], object], Callable[[Record], object]]

_BATCH = "eventrouter.batch:Batch"
_WINDOW = "eventrouter.batch:Window"
#: The streams that have tumbling windows.
WINDOWED = ("kinesis", "dynamodb")
#: The arguments of a ``dict`` that any JSON object satisfies.
_ANY_OBJECT: Sequence[Sequence[str]] = ([], ["<class 'str'>", "typing.Any"])
#: What reading a record raises where it has no payload.
_MISSING = (KeyError, TypeError, IndexError, AttributeError)


class PayloadRest:
    """Binds the one parameter that is left over: the payload, as ``text``, ``bytes`` or JSON of its type.

    Attributes:
        payload: Its annotation, ``EMPTY`` while there is none.
        read: From a record to the payload's value.
        raw: From a record to the payload before conversion, where ``decode=`` or ``unwrap=`` changes it.
        parts: What ``read`` calls, where it does nothing else.
        batch: ``"batch"`` or ``"list"`` where the handler wants the records of its route together.
        model: The annotation of the source's own record type in that batch; ``EMPTY`` where it is of payloads.
        window: From a state as JSON to the ``Window`` of the handler, where it asks for one.
    """

    def __init__(
        self, sources: Sequence[Source], decoder: Decoder | None, unwrap: Callable[[JsonValue], JsonValue] | None
    ) -> None:
        self.source = sources[0]
        self._offers = [each.offer for each in sources]
        self.payload: object = EMPTY
        self.name = ""
        self.read: Extractor | None = None
        self.raw: Callable[[Record], Any] | None = None
        if sources[0].payload is not None and (decoder is not None or unwrap is not None):
            self.raw = raw_reader(sources[0], decoder, unwrap)
        self.parts: Parts | None = None
        self.batch: str | None = None
        self.model: object = EMPTY
        self.window: Callable[[Any], Any] | None = None
        self.make_record: Extractor | None = None
        self._decoder = decoder
        self._unwrap = unwrap

    def extractor(self, parameter: Parameter, marker: Marker | None, what: str) -> Extractor:
        annotation = parameter.annotation
        if marker is not None and not isinstance(marker, Body):
            raise RegistrationError(f"{what}: {marker!r} reads an HTTP request, and {self.source.name} events are none")
        keys = [class_key(base) for base in bases_of(annotation)]
        if _WINDOW in keys:
            return self._window(annotation, what)
        if annotation is EMPTY and parameter.name in LAMBDA:
            raise RegistrationError(f"{what} {LAMBDA[parameter.name]}")
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
        if self.source.payload is None and len(self._offers) > 1:
            offer = " or ".join([", ".join(self._offers[:-1]), self._offers[-1]])
            raise RegistrationError(f"{what}: such events have no payload of their own: ask for {offer}")
        self.payload = parameter.full
        read, self.parts = read_payload(self.source, parameter.full, what, self._decoder, self._unwrap)
        self.read = read
        if self.source.name not in WINDOWED or not without_none(parameter.full)[1]:
            return read
        return lambda invocation, record: None if record is FINAL else read(invocation, record)

    def finished(self, signature: Signature, *, takes_request: bool) -> None:
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
        arguments: tuple[object, ...] = getattr(annotation, "__args__", ())
        if len(arguments) != 1:
            raise RegistrationError(f"{what}: write Batch[...] with the type of the payload")
        self.batch = "batch"
        self.make_record = self._record_model()
        role = self._record_role(arguments[0])
        if role is not None:
            # ``Batch[Change[T]]``: what the source makes of a record stands for its payload.
            self.model = arguments[0]
            self.read = make_by_role(role, arguments[0])
        else:
            self.payload = arguments[0]
            self.read, _ = read_payload(self.source, arguments[0], what, self._decoder, self._unwrap)
        return lambda invocation, batch: batch

    def _record_role(self, annotation: object) -> Role | None:
        """The role of one of the source's own record types."""
        for base in bases_of(annotation):
            role = self.source.types.get(class_key(base))
            if role == "record" or isinstance(role, OfRecord):
                return role
        return None

    def _record_model(self) -> Extractor | None:
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
        role = self._record_role(inner)
        if role is None:
            shown = type_name(inner) if arguments else "T"
            raise RegistrationError(
                f"{what}: {self.source.name} calls once per record, so list[{shown}] is ambiguous: write Batch[{shown}] for "
                f"all records at once, or Annotated[list[{shown}], Body()] for messages that hold a JSON array"
            )
        self.batch, self.model = "list", inner
        self.make_record = make_by_role(role, inner)
        return lambda invocation, records: records

    def _window(self, annotation: object, what: str) -> Extractor:
        if self.source.name not in WINDOWED:
            raise RegistrationError(f"{what}: only Kinesis and DynamoDB streams have tumbling windows")
        arguments: tuple[object, ...] = getattr(annotation, "__args__", ())
        state = arguments[0] if arguments else EMPTY
        if state is not EMPTY and (is_scalar(state) or getattr(state, "__origin__", state) in (list, tuple, set)):
            raise RegistrationError(
                f"{what}: a window's state is a JSON object, so write Window[dict[str, ...]] or the name of a model, not "
                f"Window[{type_name(state)}]"
            )
        self.window = window_maker(state)
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
                except (TypeError, failed):
                    return None
        try:
            return validate(state)
        except failed as error:
            # An earlier call returned it, so this is no fault of the record at hand, and no reason to drop it.
            raise ResponseValidationError(problems_of(error), "an earlier call of the window") from None

    return make


def read_payload(
    source: Source,
    annotation: object,
    what: str,
    decoder: Decoder | None,
    unwrap: Callable[[JsonValue], JsonValue] | None,
) -> tuple[Extractor, Parts | None]:
    """The extractor of a record's payload as *annotation*; and, where that is all it does, the two functions it calls.

    Raises:
        RegistrationError: The source has no payload, or the annotation does not say what it is.
    """
    if source.payload is None:
        offer = source.offer or "its event type"
        offer = offer.replace("[...]", f"[{type_name(annotation)}]") if isinstance(annotation, type) else offer
        raise RegistrationError(f"{what}: {source.name} events have no payload of their own: ask for {offer}")
    _refuse_vague(annotation, what, source)
    bare, takes_none = without_none(annotation)
    is_value = source.payload_is_value and decoder is None
    where = f"{source.name} record"
    if not (is_value or takes_none or decoder or unwrap):
        if bare is str:
            return _text_reader(source.payload, where), None
        if bare is not bytes and not _is_any_object(bare):
            validate_json = validator_for(bare).validate_json
            return _json_reader(source.payload, validate_json, where), (validate_json, source.payload)
    raw_of = raw_reader(source, decoder, unwrap)
    convert = _converter(bare, where)

    def read(invocation: Invocation, record: Record) -> object:
        raw = raw_of(record)
        if raw is None:
            if takes_none:
                return None
            if not is_value:
                raise _no_value(where)
        try:
            return convert(raw, is_value)
        except PayloadError:
            if raw is None:
                raise _no_value(where) from None
            raise

    return read, None


def _json_reader(payload: Callable[[Record], Any], validate_json: Callable[[Any], object], where: str) -> Extractor:
    """Text straight into the compiled validator. What went wrong is found out afterwards."""
    failed = validation_error()

    def read(invocation: Invocation, record: Record) -> object:
        try:
            return validate_json(payload(record))
        except failed as error:
            raise (_no_value(where) if payload(record) is None else PayloadError(problems_of(error), where)) from None
        except _MISSING:
            if _has_payload(payload, record):
                raise  # the model's own code raised it
            raise _no_payload(where) from None

    return read


def _text_reader(payload: Callable[[Record], Any], where: str) -> Extractor:
    """The same for handlers that take the text as sent."""

    def read(invocation: Invocation, record: Record) -> object:
        try:
            raw = payload(record)
        except _MISSING:
            raise _no_payload(where) from None
        if raw is None:
            raise _no_value(where)
        return raw if type(raw) is str else _text(raw, where)

    return read


def _has_payload(payload: Callable[[Record], Any], record: Record) -> bool:
    try:
        payload(record)
    except _MISSING:
        return False
    return True


def raw_reader(
    source: Source, decoder: Decoder | None, unwrap: Callable[[JsonValue], JsonValue] | None
) -> Callable[[Record], Any]:
    """A function from a record to its payload, decoded and taken out of its envelope where the route says so."""
    where = f"{source.name} record"
    payload: Any = source.payload if decoder is None else source.encoded

    def raw_of(record: Record) -> Any:
        try:
            raw = payload(record)
        except _MISSING:
            raise _no_payload(where) from None
        if decoder is not None and raw is not None:
            raw = _decoded(decoder, raw, where)
        return unwrap(raw) if unwrap is not None else raw

    return raw_of


def _refuse_vague(annotation: object, what: str, source: Source) -> None:
    bare, _ = without_none(annotation)
    vague = annotation is EMPTY or bare is object or str(bare) == "typing.Any"
    mixed = is_union(bare) and any(member in (str, bytes) for member in union_members(bare))
    if vague or mixed:
        vaguely = "has no annotation that says" if annotation is EMPTY else f"{type_name(annotation)} does not say"
        raise RegistrationError(
            f"{what} would be the payload, and {vaguely} what that is: write `str` or `bytes` for the text as "
            f"sent, a model for JSON of that type, `JsonValue` of pydantic for any JSON, or ask for {source.offer}"
        )


def _is_any_object(annotation: object) -> bool:
    """Whether it is a ``dict`` that any JSON object satisfies: known without pydantic, which such an app need not load."""
    origin = getattr(annotation, "__origin__", annotation)
    return origin is dict and [str(argument) for argument in getattr(annotation, "__args__", ())] in _ANY_OBJECT


def _converter(annotation: object, where: str) -> Callable[[Any, bool], object]:
    """From what the source gives (text, bytes, or a JSON value) to the annotation's type."""
    if annotation is str:
        return lambda raw, is_value: _text(raw, where)
    if annotation is bytes:
        return lambda raw, is_value: _bytes(raw, where)
    if _is_any_object(annotation):
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
        decoded: object = decoder(raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw)
    except MemoryError:
        raise
    except Exception as error:
        # Whatever the hook's library raises, it means bytes that cannot be read; its text may quote them.
        raise PayloadError([_problem("decode", f"decode= raised {type(error).__name__}")], where) from None
    if not isinstance(decoded, bytes | bytearray | memoryview):
        raise TypeError(f"decode= returned a {type(decoded).__name__}: it is a function from bytes to bytes")
    return bytes(decoded)


def _no_payload(where: str) -> PayloadError:
    return PayloadError([_problem("missing", "The record has no payload")], where)


def _no_value(where: str) -> PayloadError:
    return PayloadError(
        [_problem("none", "The record has no value: annotate the payload as `T | None` to take those")], where
    )


def _problem(kind: str, message: str) -> dict[str, object]:
    return {"type": kind, "loc": [], "msg": message}
