"""What only the system's package manager can bring: a browser, a PDF engine, Chinese fonts."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from . import process
from .home import Problem, say


def _has_program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _has_chinese_font() -> bool:
    fonts = Path("/usr/share/fonts")
    return any(any(fonts.rglob(pattern)) for pattern in ("NotoSansCJK*", "wqy-*"))


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Debian package -> is what we need of it there already (from whatever source)?
_PRESENT: dict[str, Callable[[], bool]] = {
    "chromium": _has_program(*BROWSERS),
    "wkhtmltopdf": _has_program("wkhtmltopdf"),
    "fonts-noto-cjk": _has_chinese_font,
    "libmagic1": lambda: any(Path("/usr/lib").glob("**/libmagic.so.1")),
    "npm": _has_program("npm"),
}


def require(*packages: str, optional: bool = False) -> None:
    """Install the Debian `packages` that are missing; where we may not, say how, and stop unless `optional`."""
    missing = [package for package in packages if not _PRESENT[package]()]
    if not missing:
        return
    prefix = _as_root()
    if prefix is None or not shutil.which("apt-get"):
        advice = f"not on this machine, to be installed by its administrator: {' '.join(missing)}"
        if not optional:
            raise Problem(advice)
        say(f"{advice} (going on without)")
        return
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt_get: process.Command = [*prefix, "apt-get", "-o", "DPkg::Lock::Timeout=300"]
    try:
        process.run("reading the package lists", [*apt_get, "update"], env=env)
    except Problem as problem:
        # One unreachable source of several need not matter: the installation tells.
        say(str(problem))
    install = [*apt_get, "install", "--yes", "--no-install-recommends", *missing]
    process.run(f"installing {' '.join(missing)}", install, env=env)


def _as_root() -> list[str] | None:
    """Return what to put before a command to run it as root without a question, or None."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if process.attempt(["sudo", "-n", "true"]).returncode == 0 else None
