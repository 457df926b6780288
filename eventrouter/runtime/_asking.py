"""What is asked of the Runtime API once, before the first invocation, over a connection of its own. It never needs a loop."""

from __future__ import annotations

import sys

from .._drive import drive
from .._log import logger
from ..errors import RuntimeApiError
from ._connection import BlockingConnection
from ._protocol import Address, Conversation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._connection import Connection
    from ._http import Reply

#: Seconds that the server may take.
PATIENCE = 5.0


def tell_init_error(address: Address, error: BaseException, kind: str = "") -> None:
    """Tell, in the log and to Lambda, why the process cannot start."""
    from .._trace import log_error
    from ._diagnostics import Diagnosis
    from ._load import LoadError, kind_of

    if isinstance(error, LoadError):
        logger().error("the function cannot start: %s", error)  # where we found that out helps nobody
    else:
        log_error("the function cannot start", error)
    diagnosis = Diagnosis(error, kind=kind or kind_of(error))
    conversation = Conversation(address, user_agent())
    ask(address, conversation.init_error(diagnosis.document, diagnosis.kind), "of the init error")


def ask(address: Address, request: bytes, what: str, *, patience: float | None = PATIENCE) -> int:
    """Send one request over a connection of its own.

    Returns:
        The status of its reply; 0 where there is none, which is logged.
    """
    connection = BlockingConnection(address)
    try:
        status = _reply(connection, request, patience).status
    except RuntimeApiError as error:
        logger().error("the Runtime API did not hear %s: %s", what, error)
        return 0
    finally:
        connection.close()
    if status >= 300:
        logger().error("the Runtime API refused to hear %s: %d", what, status)
    return status


def register_extension(address: Address) -> Connection | None:
    """Register an internal extension: without one the process is ended without a signal, so without its shutdown.

    It is never fatal: emulators lack the API, and AWS refuses an eleventh extension.

    Returns:
        The connection that stays open as long as the process lives, since the extension's next event never comes.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
    """
    conversation = Conversation(address, user_agent())
    connection = BlockingConnection(address)
    try:
        registered = _reply(connection, conversation.register_extension("eventrouter"), PATIENCE)
        identifier = registered.headers.get("lambda-extension-identifier", "")
        if registered.status == 200 and identifier:
            connection.open()
            drive(connection.send([conversation.extension_next(identifier)]))
            return connection
        why = f"{registered.status}"
    except RuntimeApiError as error:
        why = str(error)
    connection.close()
    if "logging" in sys.modules:  # not worth loading it
        logger().info("the process will be ended without a shutdown: no extension could be registered (%s)", why)
    return None


def _reply(connection: Connection, request: bytes, patience: float | None) -> Reply:
    return drive(connection.exchange(request, patience=patience))


def user_agent() -> str:
    version: str = sys.modules["eventrouter"].__version__  # of the package's front, which stands above
    return f"eventrouter/{version} Python/{'.'.join(map(str, sys.version_info[:3]))}"
