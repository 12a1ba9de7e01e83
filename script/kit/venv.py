"""The Python packages that Odoo, the tests and the linters need, each locked by version and checksum."""

import sys
from pathlib import Path

from . import process, system
from .home import HOME, REPO, provide

LOCK = REPO / "script" / "requirements.txt"
FOLDER = HOME / "venv"
PYTHON = FOLDER / "bin" / "python"


def ready() -> None:
    """Make the virtual environment if it is missing or made from another lock."""
    provide(FOLDER, f"{sys.version}\n{LOCK.read_text()}", _build)


def _build() -> None:
    system.require("python3-venv")
    # A virtual environment we may be running in ourselves is not to be built upon.
    python = getattr(sys, "_base_executable", sys.executable)
    process.run("making a Python environment", [python, "-m", "venv", FOLDER])
    install = pip("install", "--require-hashes", "--requirement", LOCK)
    process.run("installing Python packages", install, progress=r"Collecting (\S+)")


def pip(*arguments: str | Path) -> process.Command:
    """Return the command line of this environment's pip."""
    return [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
