"""A program that steers the browser: Playwright's core, for node. The browser itself is the system's."""

import json
import shutil
from pathlib import Path

from . import process, system
from .home import HOME, Problem, provide

FOLDER = HOME / "browser"

_NAME, _VERSION = "playwright-core", "1.65.1"
_INTEGRITY = "sha512-hqPpz7blSMPxWVdoeE1yiBSzXsKiVOd2k+kjCvmUywD2GPO2Dd9HfcWnq9NN0GHbNZDFgZ9JfBFr+X5/BLo0qw=="


def ready() -> Path:
    """Have it, and return the folder that node finds it from."""
    system.require("npm", "chromium", "fonts-noto-cjk")
    return provide(FOLDER, f"{_NAME} {_VERSION} {_INTEGRITY}", _install)


def program() -> str:
    """Return the browser's own program."""
    for name in system.BROWSERS:
        if path := shutil.which(name):
            return path
    raise Problem(f"none of these browsers is on this machine: {', '.join(system.BROWSERS)}")


def _install() -> None:
    # locked by checksum, from whichever registry npm is set to
    wanted = {"name": "browser", "private": True, "dependencies": {_NAME: _VERSION}}
    locked = {"": wanted, f"node_modules/{_NAME}": {"version": _VERSION, "integrity": _INTEGRITY}}
    lock = {"name": "browser", "lockfileVersion": 3, "requires": True, "packages": locked}
    (FOLDER / "package.json").write_text(json.dumps(wanted))
    (FOLDER / "package-lock.json").write_text(json.dumps(lock))
    install: process.Command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    process.run("installing what steers the browser", install, cwd=FOLDER)
