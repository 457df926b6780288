"""``eventrouter run``: a Lambda runtime."""

from __future__ import annotations

import argparse

from ..runtime import run
from ._app import add_app

_DESCRIPTION = """\
Run an app as a Lambda runtime: ask Lambda for invocations and answer them, streamed where the trigger is configured for it.
Lambda, or an emulator of its Runtime API, starts it and sets AWS_LAMBDA_RUNTIME_API. It is a container's entry point, the
`bootstrap` of an OS-only runtime, or what AWS_LAMBDA_EXEC_WRAPPER puts in the place of the managed runtime.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "run",
        help="run an app as a Lambda runtime that streams",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_app(parser)
    parser.add_argument(
        "--backend", choices=("asyncio", "trio"), default="asyncio", help="the event loop of apps that need one"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    return run(arguments.app, backend=arguments.backend)
