"""The Python packages that Odoo, the tests and the linters need, each locked by version and checksum."""

import importlib.util
import sys
from pathlib import Path

from . import debian, process
from .home import HOME, REPO, provide

LOCK = REPO / "script" / "requirements.txt"
FOLDER = HOME / "venv"
PYTHON = FOLDER / "bin" / "python"


def ready() -> None:
    """Make the virtual environment if it is missing or made from another lock."""
    provide(FOLDER, f"{sys.version}\n{LOCK.read_text()}", _build)


def _build() -> None:
    # A virtual environment we may be running in ourselves is not to be built upon.
    python = getattr(sys, "_base_executable", sys.executable)
    if importlib.util.find_spec("ensurepip"):
        process.run("making a Python environment", [python, "-m", "venv", FOLDER])
    else:
        _build_without_ensurepip(python)
    install = pip("install", "--require-hashes", "--requirement", LOCK)
    process.run("installing Python packages", install, progress=r"Collecting (\S+)")


def _build_without_ensurepip(python: str) -> None:
    """Make the environment as `venv` would, which Debian has split off from Python."""
    process.run("making a Python environment", [python, "-m", "venv", "--without-pip", FOLDER])
    packages = FOLDER / "debian"
    debian.unpack("pip", ["python3-pip-whl"], packages, otherwise="install python3-venv")
    [wheel] = packages.glob("usr/share/python-wheels/pip-*.whl")
    process.run("installing pip", [PYTHON, wheel / "pip", "install", "--no-index", wheel])


def pip(*arguments: str | Path) -> process.Command:
    """Return the command line of this environment's pip."""
    return [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
