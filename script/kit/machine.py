"""What has to be on the machine itself: a browser for the tours, a PDF engine, a font for Chinese."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from . import home

# package → what shows that it is there
NEEDED = {
    "chromium": lambda: any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")),
    "wkhtmltopdf": lambda: shutil.which("wkhtmltopdf"),
    "fonts-noto-cjk": lambda: Path("/usr/share/fonts/opentype/noto").exists(),
}


def provide(*packages: str) -> None:
    """Install those of ``packages`` that are missing, with apt-get, as root or by sudo."""
    missing = [package for package in packages if not NEEDED[package]()]
    if not missing:
        return
    names = " ".join(missing)
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if become and (not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode):
        raise home.Problem(f"Missing on this machine: {names}. Install it (apt-get install {names}) and run the command again.")
    with home.step(f"Installing {', '.join(missing)}"):
        failure = f"Could not install {names}: is the network there?"
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdin": subprocess.DEVNULL}
        home.run([*become, "apt-get", "-q", "update"], failure, **quiet)
        home.run([*become, "apt-get", "-q", "-y", "--no-install-recommends", "install", *missing], failure, **quiet)
