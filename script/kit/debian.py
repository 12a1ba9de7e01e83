"""Debian's packages, unpacked into the cache folder: nothing is installed, and nobody has to be root.

apt-get runs with settings of its own, so that the system's apt is not told about the suites that we read; it checks
signatures as always. dpkg only unpacks.
"""

import functools
import shutil
from collections.abc import Sequence
from pathlib import Path

from . import process
from .home import HOME, Problem, say

_DOWNLOADS = HOME / "downloads"
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


def unpack(what: str, packages: Sequence[str], into: Path, *, otherwise: str, unstable: bool = False) -> None:
    """Unpack `packages`, of the system's own suites or of the unstable one, into a folder.

    `what` they are is said meanwhile, and `otherwise` what to do where there are none to be had.
    """
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            raise Problem(f"no {tool} here to fetch {what} with: {otherwise}")
    options, mirror = _system_apt()
    if not mirror:
        raise Problem(f"{what} can't be fetched, no Debian mirror answers: is there a network? If not, {otherwise}")
    if unstable:
        options = _unstable_apt(mirror)
    shutil.rmtree(_DOWNLOADS, ignore_errors=True)
    _DOWNLOADS.mkdir()
    download: process.Command = ["apt-get", *options, "download", *packages]
    process.run(f"downloading {what}", download, cwd=_DOWNLOADS, progress=r"Get:.*")
    for archive in sorted(_DOWNLOADS.glob("*.deb")):
        process.run(f"unpacking {archive.name.partition('_')[0]}", ["dpkg", "-x", archive, into])
    shutil.rmtree(_DOWNLOADS)


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


@functools.cache
def _system_apt() -> tuple[list[str], str | None]:
    """Return options for the system's own suites, read anew, and the address of the mirror they come from, if any."""
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
    return options, None


def _unstable_apt(mirror: str) -> list[str]:
    options = _apt_options("unstable")
    sources = HOME / "apt" / "unstable" / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYS}] {mirror} unstable main\n")
    options += ["-o", f"Dir::Etc::sourcelist={sources}", "-o", f"Dir::Etc::sourceparts={sources.parent / 'none'}"]
    update: process.Command = ["apt-get", *options, "--option", "APT::Update::Error-Mode=any", "update"]
    process.run("reading unstable's package list", update)
    return options
