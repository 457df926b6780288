"""Across a snapshot: hooks before it is taken, the wait that spans it, hooks after the process is restored from it.

Reference:
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html
"""

from __future__ import annotations

from ._asking import ask, user_agent
from ._diagnostics import Diagnosis
from ._protocol import Conversation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..app import App
    from ._protocol import Address

#: The exit codes of AWS's own runtimes.
BEFORE_FAILED, AFTER_FAILED = 64, 65


def across_snapshot(app: App, address: Address) -> int:
    """Run the hooks of ``snapshot_restore_py``, where it is installed, around the snapshot, and those of *app* after it.

    Returns:
        The exit code where one failed or the server did; 0 where all is well.
    """
    conversation = Conversation(address, user_agent())
    try:
        for hook in _before():
            hook()
    except Exception as error:
        diagnosis = _told(error, "Runtime.BeforeSnapshotError")
        ask(address, conversation.init_error(diagnosis.document, diagnosis.kind), "of a failed hook")
        return BEFORE_FAILED
    # Here the process may be stopped, and started again elsewhere and later.
    if ask(address, conversation.restore_next(), "that a snapshot can be taken", patience=None) not in range(200, 300):
        return BEFORE_FAILED
    try:
        for hook in [*_after(), *app._restored]:
            hook()
    except Exception as error:
        diagnosis = _told(error, "Runtime.AfterRestoreError")
        ask(address, conversation.restore_error(diagnosis.document, diagnosis.kind), "of a failed hook")
        return AFTER_FAILED
    return 0


def _told(error: Exception, kind: str) -> Diagnosis:
    from .._trace import log_error

    log_error("a hook around the snapshot failed", error)
    return Diagnosis(error, kind=kind)


def _before() -> list[Callable[[], object]]:
    """The last registered first: what was set up last may need what was set up before it."""
    return _hooks("get_before_snapshot")[::-1]


def _after() -> list[Callable[[], object]]:
    return _hooks("get_after_restore")


def _hooks(name: str) -> list[Callable[[], object]]:
    from functools import partial

    try:
        import snapshot_restore_py  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        return []
    return [
        partial(function, *arguments, **keywords)
        for function, arguments, keywords in getattr(snapshot_restore_py, name)()
    ]
