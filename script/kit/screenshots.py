"""`script/screenshots`: the pictures of the documentation, taken of the running demo, so that they stay true.

Which ones there are is said in docs/screenshots.json: for each its name, whose screen it is, where that is, what is
clicked there, and its size. A picture on whose way something went wrong, in the browser's console, on the server or
because a step found nothing to click, fails the command and leaves the older picture as it was.
"""

import argparse
import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import browser, command, demo, odoo, process, system, venv
from .home import HOME, REPO, Problem, locked, say

LIST = REPO / "docs" / "screenshots.json"
IMAGES = REPO / "docs" / "images"
# What a desk and what a pocket has, as width and height.
_WALKS = {"desktop": (1400, 900), "phone": (400, 800)}


def main(arguments: list[str]) -> int:
    """Take the pictures, or walk through all screens; return 0 if nothing went wrong on the way."""
    options = _parser().parse_args(arguments)
    pictures = json.loads(LIST.read_text())
    if unknown := set(options.only or []) - {picture["name"] for picture in pictures}:
        raise Problem(f"{LIST.name} has no picture called {', '.join(sorted(unknown))}")
    with locked():
        command.prepare()
        system.require("wkhtmltopdf", optional=True)
        playwright = browser.ready()
        # from the demo data, however it was left by those who clicked through it before
        name = None if options.at else demo.database("credit_screenshots", options.lang, reset=True)
    port = options.port or _free_port()
    job: dict[str, Any] = {
        "base": options.at or f"http://{demo.HOST}:{port}",
        "playwright": str(playwright),
        "browser": browser.program(),
        "logins": demo.LOGINS,
        "locale": (options.lang or "en_US").replace("_", "-"),
    }
    if options.walk:
        folder = HOME / "walk"
        job["walks"] = list(_walks(options.role or list(demo.LOGINS)))
    else:
        folder = IMAGES / options.lang.split("_")[0] if options.lang else IMAGES
        job["pictures"] = [picture for picture in pictures if not options.only or picture["name"] in options.only]
    if name is None:
        return _take(job, folder)
    with demo.serving(name, port, "--max-cron-threads", "0"):  # nothing is to change meanwhile
        return _take(job, folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/screenshots", description=__doc__)
    parser.add_argument("--lang", metavar="CODE", type=demo.language_code, help="in another language, such as zh_CN")
    parser.add_argument("--only", metavar="NAME", nargs="+", help="only these pictures")
    parser.add_argument(
        "--walk", action="store_true",
        help="instead, open every menu, view and first record as each role, on a desktop and on a phone, say what is"
        f" wrong there, and leave pictures in {HOME / 'walk'}",
    )  # fmt: skip
    parser.add_argument("--role", nargs="+", choices=list(demo.LOGINS), help="walk as these only")
    parser.add_argument("--at", metavar="URL", help="of a demo that is served there already, as it is")
    parser.add_argument("--port", type=demo.port_number, help="where to serve the demo meanwhile (any that is free)")
    return parser


def _walks(roles: list[str]) -> Iterator[dict[str, Any]]:
    for role in roles:
        for width, height in _WALKS.values():
            yield {"role": role, "width": width, "height": height}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((demo.HOST, 0))
        number: int = probe.getsockname()[1]
        return number


def _take(job: dict[str, Any], folder: Path) -> int:
    """Have the pictures of the job taken into a folder; return 1 if anything is wrong with any."""
    work = HOME / "pictures"
    node: process.Command = ["node", Path(__file__).with_name("pages.mjs")]
    wrong = 0
    with subprocess.Popen(node, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as browsing:
        assert browsing.stdin
        assert browsing.stdout
        browsing.stdin.write(json.dumps(job | {"folder": str(work)}))
        browsing.stdin.close()
        for line in browsing.stdout:
            taken = json.loads(line)
            print(taken["name"], flush=True)
            for complaint in taken["complaints"]:
                print(f"  {complaint}", flush=True)
            wrong += len(taken["complaints"])
            if "file" in taken and ("walks" in job or not taken["complaints"]):
                _keep(Path(taken["file"]), folder / f"{taken['name']}.png")
    if wrong:
        say(f"{wrong} complaints")
    return int(bool(wrong or browsing.returncode))


def _keep(source: Path, target: Path) -> None:
    """Move a picture to where it belongs, small."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shrink: process.Command = [venv.PYTHON, "-m", "kit.pictures", source]
    process.attempt(shrink, env=odoo.environment())
    source.replace(target)
