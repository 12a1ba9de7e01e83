"""`script/lint`: what can be told wrong without running the addon."""

import ast
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

from . import databases, process, system, venv
from .home import REPO, Problem, locked

# Folders of an addon whose data files do nothing unless the manifest names them.
_DATA_FOLDERS = ("data", "demo", "report", "security", "views", "wizards")
# This sort of place exists on one machine only.
_PLACES = re.compile(r"(?<![\w.~}])/(?:work|root|home/\w+)/|https?://(?:deb|ftp|pypi|files|registry)\.")

# What a page of the documentation points to, except in its examples.
_LINK = re.compile(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)")

Check = Callable[[], Iterator[str]]


def main(_arguments: list[str]) -> int:
    """Run every check; return 0 if none has anything to say."""
    with locked():
        venv.ready()
        system.require("npm")  # brings node
    checks: list[tuple[str, Check]] = [
        ("ruff", lambda: _tool("ruff", "check", "--quiet", "--output-format", "concise", ".")),
        ("mypy", lambda: _tool("mypy", "--no-error-summary")),
        ("pylint-odoo", _pylint),
        ("XML", _xml),
        ("JavaScript", _javascript),
        ("manifests", _manifests),
        ("translations", _translations),
        ("places", _places),
        ("links", _links),
    ]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda check: list(check[1]()), checks))
    for (name, _), complaints in zip(checks, results, strict=True):
        print(f"{name}: {f'{len(complaints)} to mend' if complaints else 'fine'}")
        for complaint in complaints:
            print(f"  {complaint}")
    return int(any(results))


def _tool(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[str]:
    command: process.Command = [venv.PYTHON, "-m", module, *arguments]
    done = subprocess.run(
        command, cwd=REPO, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        yield from (line for line in (done.stdout + done.stderr).splitlines() if line.strip())


def _pylint() -> Iterator[str]:
    options = ["--rcfile=pyproject.toml", "--score=n", "--msg-template={path}:{line}: {symbol}: {msg}"]
    options += ["--disable=missing-readme"]  # it means the OCA's own form of one
    lines = _tool("pylint", *options, *databases.addons())
    yield from (line for line in lines if not line.startswith("****"))


def _addon_files(*patterns: str) -> Iterator[Path]:
    for addon in databases.addons():
        yield from sorted(chain.from_iterable((REPO / addon).rglob(pattern) for pattern in patterns))


def _xml() -> Iterator[str]:
    for path in _addon_files("*.xml", "*.svg"):
        try:
            tree = ElementTree.parse(path)
        except ElementTree.ParseError as error:
            yield f"{path.relative_to(REPO)}: {error}"
            continue
        for field in tree.iter("field"):
            # the web client makes JavaScript of it that is none, on the screens where the card is shown
            if "t-else" in field.attrib and "widget" in field.attrib:
                yield f"{path.relative_to(REPO)}: the widget of {field.get('name')} can't have t-else: say it with t-if"
        for bar in tree.iter("progressbar"):
            try:
                json.loads(bar.get("colors", ""))
            except ValueError as error:
                yield f"{path.relative_to(REPO)}: the colours of the progress bar of {bar.get('field')}: {error}"


def _javascript() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(path for path in _addon_files("*.js") if "lib" not in path.parts):
            # As a module, which node tells by the ending.
            module = Path(folder) / f"{number}.mjs"
            shutil.copyfile(path, module)
            done = subprocess.run(["node", "--check", module], capture_output=True, text=True, check=False)
            if done.returncode:
                error = next((line for line in done.stderr.splitlines() if "Error:" in line), "not JavaScript")
                place = done.stderr.partition("\n")[0].rpartition(":")[2]
                yield f"{path.relative_to(REPO)}:{place}: {error}"


def _manifests() -> Iterator[str]:
    for addon in databases.addons():
        root = REPO / addon
        manifest = ast.literal_eval((root / "__manifest__.py").read_text())
        named = {name for key in ("data", "demo") for name in manifest.get(key, [])}
        yield from (f"{addon}: {name} is in the manifest only" for name in sorted(named) if not (root / name).is_file())
        for folder in _DATA_FOLDERS:
            for path in sorted((root / folder).rglob("*")):
                name = str(path.relative_to(root))
                if path.suffix in {".csv", ".xml"} and name not in named:
                    yield f"{addon}: {name} is not in the manifest"


def _translations() -> Iterator[str]:
    """Check that every addon is translated. Reading the files is polib's, in its own environment."""
    yield from _tool("kit.translations", "check", *databases.addons(), env=os.environ | {"PYTHONPATH": "script"})


def _places() -> Iterator[str]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPO, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode:
        raise Problem(f"git: {listing.stderr.strip()}")
    for name in filter(None, listing.stdout.split("\0")):
        try:
            lines = (REPO / name).read_text().splitlines()
        except (UnicodeDecodeError, FileNotFoundError):  # a picture; deleted but not committed
            continue
        for number, line in enumerate(lines, 1):
            if found := _PLACES.search(line):
                yield f"{name}:{number}: {found[0]} is a place on one machine only"


def _links() -> Iterator[str]:
    for page in [REPO / "README.md", *sorted((REPO / "docs").rglob("*.md"))]:
        for number, line in enumerate(page.read_text().splitlines(), 1):
            for target in _LINK.findall(line):
                if not (page.parent / target).exists():
                    yield f"{page.relative_to(REPO)}:{number}: there is no {target}"
