"""Fetch AsyncAPI's own JSON Schemas, which the tests hold documents against: npm's package @asyncapi/specs.

Usage: python scripts/asyncapi_schema.py FOLDER. Writes FOLDER/asyncapi-specs-VERSION/3.0.0.json, and does nothing where that
is there already. The package is fetched with npm, or without it from the registry that npm would ask, and is taken only if it
is the one whose hash stands here.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

VERSION = "6.11.1"
#: As `npm view @asyncapi/specs@VERSION dist.integrity` says it.
INTEGRITY = "sha512-A3WBLqAKGoJ2+6FWFtpjBlCQ1oFCcs4GxF7zsIGvNqp/klGUHjlA3aAcZ9XMMpLGE8zPeYDz2x9FmO6DSuKraQ=="
SCHEMA = "3.0.0.json"


def main(folder: Path) -> None:
    found = folder / f"asyncapi-specs-{VERSION}" / SCHEMA
    if found.exists():
        return
    with tempfile.TemporaryDirectory() as temporary:
        package = packed(Path(temporary)) if shutil.which("npm") else downloaded(Path(temporary))
        digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != INTEGRITY:
            raise OSError(f"{package.name} is not the package it should be: its hash is sha512-{digest}")
        with tarfile.open(package) as archive:
            member = archive.extractfile(f"package/schemas/{SCHEMA}")
            assert member is not None
            schema = member.read()
    found.parent.mkdir(parents=True, exist_ok=True)
    # In one step: whoever sees the file sees all of it.
    partial = found.with_suffix(".partial")
    partial.write_bytes(schema)
    partial.replace(found)


def packed(folder: Path) -> Path:
    """The package, fetched with npm."""
    command = ["npm", "pack", f"@asyncapi/specs@{VERSION}", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"`{' '.join(command[:3])}` failed: {done.stderr.strip() or done.stdout.strip()}")
    return next(folder.glob("*.tgz"))


def downloaded(folder: Path) -> Path:
    """The package, fetched from npm's registry."""
    package = folder / f"specs-{VERSION}.tgz"
    with urllib.request.urlopen(f"{registry()}/@asyncapi/specs/-/{package.name}", timeout=60) as answer:
        package.write_bytes(answer.read())
    return package


def registry() -> str:
    """The registry that npm is told to ask: https://docs.npmjs.com/cli/configuring-npm/npmrc."""
    settings = [value for name, value in os.environ.items() if name.lower() == "npm_config_registry"]
    for file in (Path.home() / ".npmrc", Path("/etc/npmrc")):
        lines = file.read_text().splitlines() if file.exists() else []
        pairs = [line.partition("=") for line in lines]
        settings += [value.strip() for name, _, value in pairs if name.strip() == "registry"]
    return next(filter(None, settings), "https://registry.npmjs.org").rstrip("/")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except OSError as error:  # urllib's errors are such, too
        sys.exit(f"setup: AsyncAPI's schema cannot be fetched, without which tests/asyncapi fails: {error}")
