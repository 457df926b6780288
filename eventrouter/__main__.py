"""``python -m eventrouter``: the command line, and a Lambda runtime that does not wait for it."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run a command, with the arguments of the process.

    Returns:
        The exit code.
    """
    if len(sys.argv) == 3 and sys.argv[1] == "run" and not sys.argv[2].startswith("-"):
        # A cold start pays for every import, and the other commands' would be most of it.
        from .runtime import run

        here = os.getcwd()
        if here not in sys.path:  # as for the interpreter's own -m, which has seen to it already
            sys.path.insert(0, here)

        return run(sys.argv[2])
    from .cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
