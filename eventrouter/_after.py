"""Hooks of the process and of each invocation."""

from __future__ import annotations

from ._drive import on_loop
from ._signature import read_signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .context import Invocation


async def run_hooks(hooks: Sequence[Callable[..., Any]], invocation: Invocation) -> None:
    """Call every hook; a failure is logged, and the others are called all the same."""
    for hook in hooks:
        try:
            takes = any(parameter.is_required for parameter in read_signature(hook, {}).parameters)
            result = hook(invocation) if takes else hook()
            if hasattr(result, "__await__"):
                await on_loop(invocation)
                await result
        except Exception as error:
            from ._trace import log_error

            log_error("a hook after the invocation failed", error)


def register_restore(hook: Callable[[], object]) -> None:
    """Hand *hook* to Lambda's own registry of restore hooks, which only its runtimes with SnapStart have."""
    try:
        from snapshot_restore_py import register_after_restore  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        return
    register_after_restore(hook)
