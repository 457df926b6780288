"""Hooks of the process and of each invocation."""

from __future__ import annotations

from ._drive import on_loop
from ._raised import is_cancelled_from_inside
from ._signature import read_signature
from .errors import RegistrationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from .context import Invocation


def wants_invocation(hook: Callable[..., object], namespace: Mapping[str, object]) -> bool:
    """Whether *hook* takes the invocation.

    Raises:
        RegistrationError: It takes more than that.
    """
    signature = read_signature(hook, namespace)
    wanted = [parameter.name for parameter in signature.parameters if parameter.is_required]
    if len(wanted) > 1:
        raise RegistrationError(
            f"@app.after_invocation: {signature.name}() [{signature.location}] takes nothing, or the Invocation, and not "
            f"{len(wanted)} parameters"
        )
    return bool(wanted)


async def run_hooks(hooks: Sequence[tuple[Callable[..., Any], bool]], invocation: Invocation) -> None:
    """Call every hook, each with whether it takes the invocation; a failure is logged, and the others are called all the same."""
    for hook, takes in hooks:
        try:
            result = hook(invocation) if takes else hook()
            if hasattr(result, "__await__"):
                await on_loop(invocation, result)
                await result
        except BaseException as error:
            if not isinstance(error, Exception) and not is_cancelled_from_inside(error, invocation):
                raise
            from ._trace import log_error

            log_error("a hook after the invocation failed", error)


def register_restore(hook: Callable[[], object]) -> bool:
    """Hand *hook* to Lambda's own registry of restore hooks, where it is installed; whether it is."""
    try:
        from snapshot_restore_py import register_after_restore  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        return False
    register_after_restore(hook)
    return True
