"""A Lambda runtime: the process that asks Lambda for invocations and answers them, piece by piece where that is asked for.

``python -m eventrouter run main:app`` runs it. It takes the place of AWS's own runtime client, which cannot stream.
"""

from __future__ import annotations

import os
import sys

from ..errors import RuntimeApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["run"]

#: What the process ends with where it cannot be run as it was called.
USAGE = 2


def run(name: str, environment: Mapping[str, str] = os.environ, *, backend: str = "asyncio") -> int:
    """Run the app that *name* names until Lambda ends the process.

    Args:
        name: ``module:attribute``, ``module.attribute`` or ``folder/module.attribute``, as in ``main:app``.
        environment: Lambda's variables: ``AWS_LAMBDA_RUNTIME_API``, ``AWS_LAMBDA_MAX_CONCURRENCY`` and the others.
        backend: The event loop of apps that need one: ``"asyncio"`` or ``"trio"``.

    Returns:
        The exit code.

    Reference:
        https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
    """
    from ._protocol import Address
    from ._runtime import serve

    text = environment.get("AWS_LAMBDA_RUNTIME_API")
    if not text:
        return _complain(
            "AWS_LAMBDA_RUNTIME_API is not set: this is a Lambda runtime, which Lambda or an emulator starts. To try an "
            "event, run `python -m eventrouter invoke APP EVENT`"
        )
    try:
        address = Address.parse(text)
    except RuntimeApiError as error:
        return _complain(str(error))
    root = environment.get("LAMBDA_TASK_ROOT")
    if root and root not in sys.path:
        sys.path.insert(0, root)
    concurrency = environment.get("AWS_LAMBDA_MAX_CONCURRENCY", "").strip()
    if not concurrency or concurrency == "1":
        return serve(name, address, environment, backend=backend)
    if not concurrency.isascii() or not concurrency.isdigit() or concurrency == "0":
        return _complain(f"AWS_LAMBDA_MAX_CONCURRENCY is {concurrency!r}, which is no number of invocations")
    from ._workers import serve_many

    return serve_many(name, address, environment, int(concurrency), backend=backend)


def _complain(text: str) -> int:
    print(f"eventrouter: {text}", file=sys.stderr)  # noqa: T201 - there is nobody else to tell
    return USAGE
