"""Odoo 19: the one that `ODOO_ROOT` names, or Debian's package unpacked into the cache folder.

The package comes from Debian's unstable suite, which the system's own apt is not told about: apt-get runs with
settings of its own, checks signatures as always, needs no root, and dpkg only unpacks.
"""

import ast
import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from . import postgres, process, system, venv
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
        if (folder / "odoo" / "release.py").is_file():
            return folder
    raise Problem(f"no Odoo in {root}: ODOO_ROOT must name a source checkout, or where its package is unpacked")


def version() -> str:
    """Return Odoo's exact release, such as `19.0`; anything but 19 is a problem."""
    for node in ast.parse((library() / "odoo" / "release.py").read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "version_info":
            parts = [getattr(part, "value", getattr(part, "id", "?")) for part in getattr(node.value, "elts", [])]
            if parts[:1] != [19]:
                raise Problem(f"Odoo 19 is needed, and {library()} holds {'.'.join(map(str, parts[:2]))}")
            return ".".join(map(str, parts[:2]))
    raise Problem(f"no release number found in {library() / 'odoo/release.py'}")


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
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            raise Problem(f"no {tool} here to fetch Odoo with: name an Odoo 19 of your own in ODOO_ROOT")
    downloads = HOME / "downloads"
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir()
    stable, mirror = _stable_apt()
    _download("assets", _STABLE, stable, downloads)
    _download("Odoo 19", _UNSTABLE, _unstable_apt(mirror), downloads)
    for archive in sorted(downloads.glob("*.deb")):
        process.run(f"unpacking {archive.name.partition('_')[0]}", ["dpkg", "-x", archive, PACKAGE_ROOT])
    for stray in ("addons", "doc", "setup"):  # incomplete copies, and not Odoo's
        shutil.rmtree(library() / stray, ignore_errors=True)
    _restore_stripped(downloads)
    shutil.rmtree(downloads)
    say(f"Odoo {version()} is in {PACKAGE_ROOT}")


def _download(what: str, packages: Iterable[str], apt: list[str], into: Path) -> None:
    process.run(f"downloading {what}", ["apt-get", *apt, "download", *packages], cwd=into, progress=r"Get:.*")


def _apt_options(name: str) -> list[str]:
    """Return options that give apt-get state of its own, under the cache folder."""
    folder = HOME / "apt" / name
    for part in ("lists/partial", "archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "",  # its own user can't write into the cache folder
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def _stable_apt() -> tuple[list[str], str]:
    """Return options for the system's own suites, read anew, and the address of the mirror they come from."""
    options = _apt_options("system")
    try:
        process.run("reading Debian's package lists", ["apt-get", *options, "update"])
    except Problem as problem:
        say(str(problem))  # perhaps a source that has nothing to do with it
    columns = "$(ORIGIN) $(COMPONENT) $(REPO_URI)"
    listing = process.attempt(["apt-get", *options, "indextargets", "--format", columns, "Created-By: Packages"])
    for line in listing.stdout.splitlines():
        origin, component, uri = line.split(" ", 2)
        if origin == "Debian" and component == "main":
            return options, uri
    raise Problem("no Debian mirror answers (network? not Debian?): name an Odoo 19 of your own in ODOO_ROOT instead")


def _unstable_apt(mirror: str) -> list[str]:
    """Return options for the unstable suite alone, which the system's apt is not to know."""
    options = _apt_options("unstable")
    sources = HOME / "apt" / "unstable" / "sources.list"
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    sources.write_text(f"deb [signed-by={keys}] {mirror} unstable main\n")
    options += ["-o", f"Dir::Etc::sourcelist={sources}", "-o", f"Dir::Etc::sourceparts={sources.parent / 'none'}"]
    process.run("reading unstable's package list", ["apt-get", *options, "update"])
    return options


def _restore_stripped(downloads: Path) -> None:
    process.run("downloading a file that Debian strips", ["npm", "pack", _STRIPPED_PACKAGE], cwd=downloads)
    target = library() / "odoo" / "addons" / _STRIPPED
    with tarfile.open(next(downloads.glob("*.tgz"))) as archive:
        content = archive.extractfile(f"package/{target.name}")
        assert content is not None, "the package has lost the file"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.read())
