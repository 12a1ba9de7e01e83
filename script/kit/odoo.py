"""Odoo 19: the one that `ODOO_ROOT` names, or Debian's package unpacked into the cache folder.

The package comes from Debian's unstable suite.
"""

import ast
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from . import debian, postgres, process, system, venv
from .home import HOME, REPO, Problem, provide, say

PACKAGE_ROOT = HOME / "odoo"
DATA = HOME / "data"

# Beside Odoo, what its package links to for fonts and scripts.
_UNSTABLE = [
    "odoo-19", "fonts-montserrat", "fonts-roboto-unhinted", "libjs-jquery", "libjs-jquery-form", "libjs-underscore",
]  # fmt: skip
# From the stable release, since unstable's Font Awesome has moved its files.
_STABLE = ["fonts-font-awesome", "fonts-inconsolata", "fonts-glyphicons-halflings", "fonts-ocr-b"]
# Debian strips this file; without it the web client logs an error and every browser tour fails.
_STRIPPED = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
_STRIPPED_PACKAGE = "@mediapipe/selfie_segmentation@0.1.1675465747"


def ready() -> None:
    """Have an Odoo 19 to run."""
    if not os.environ.get("ODOO_ROOT"):
        provide(PACKAGE_ROOT, " ".join([*_UNSTABLE, *_STABLE, _STRIPPED_PACKAGE]), _unpack)
    version()


def library() -> Path:
    """Return the folder to put on Python's path: the one that holds the package `odoo`."""
    root = Path(os.environ.get("ODOO_ROOT") or PACKAGE_ROOT).expanduser().absolute()
    for folder in (root, root / "usr/lib/python3/dist-packages"):
        if all((folder / "odoo" / name).is_file() for name in ("release.py", "__main__.py")):
            return folder
    raise Problem(f"no Odoo in {root}: ODOO_ROOT must name a source checkout, or where its package is unpacked")


def version() -> str:
    """Return Odoo's exact release, such as `19.0`; anything but 19 is a problem."""
    release = library() / "odoo" / "release.py"
    try:
        tree = ast.parse(release.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise Problem(f"no release number found in {release}, which is damaged: {error}") from error
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "version_info":
            parts = [getattr(part, "value", getattr(part, "id", "?")) for part in getattr(node.value, "elts", [])]
            if parts[:1] != [19]:
                raise Problem(f"Odoo 19 is needed, and {library()} holds {'.'.join(map(str, parts[:2]))}")
            return ".".join(map(str, parts[:2]))
    raise Problem(f"no release number found in {release}: is it Odoo's?")


def environment() -> dict[str, str]:
    """Return the environment in which Odoo finds its code, our addons, the database server and the data folder.

    Settings of the person's own for Odoo, PostgreSQL or Python don't get in.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "ODOO_", "PYTHON"))}
    env |= {
        "PATH": os.pathsep.join([str(venv.PYTHON.parent), os.environ.get("PATH", os.defpath), str(postgres.BIN)]),
        "PYTHONPATH": os.pathsep.join(map(str, [library(), REPO, REPO / "script"])),
        "PGHOST": str(postgres.socket_folder()),
        "PGUSER": postgres.USER,
        "ODOO_RC": os.devnull,
        "ODOO_ADDONS_PATH": str(REPO),
        "ODOO_DATA_DIR": str(DATA),
        "ODOO_HTTP_INTERFACE": "127.0.0.1",
        "LC_ALL": "C.UTF-8",
    }
    if root := os.environ.get("ODOO_ROOT"):
        env["ODOO_ROOT"] = root
    return env


def command(*arguments: str | Path) -> process.Command:
    """Return Odoo's command line."""
    return [venv.PYTHON, "-m", "odoo", *arguments]


def _unpack() -> None:
    system.require("npm")
    otherwise = "name an Odoo 19 of your own in ODOO_ROOT"
    debian.unpack("assets", _STABLE, PACKAGE_ROOT, otherwise=otherwise)
    debian.unpack("Odoo 19", _UNSTABLE, PACKAGE_ROOT, otherwise=otherwise, unstable=True)
    for stray in ("addons", "doc", "setup"):  # incomplete copies, and not Odoo's
        shutil.rmtree(library() / stray, ignore_errors=True)
    _restore_stripped()
    say(f"Odoo {version()} is in {PACKAGE_ROOT}")


def _restore_stripped() -> None:
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        process.run("downloading a file that Debian strips", ["npm", "pack", _STRIPPED_PACKAGE], cwd=Path(folder))
        target = library() / "odoo" / "addons" / _STRIPPED
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            content = archive.extractfile(f"package/{target.name}")
            assert content is not None, "the package has lost the file"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
