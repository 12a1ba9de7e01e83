"""`script/test`: pytest with what the tests need, and nothing left behind."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import command, databases, odoo, process, system, venv
from .home import REPO, locked

_RUN = "test_run_"


def main(arguments: list[str]) -> int | None:
    """Run the tests that the arguments select; return pytest's exit code."""
    own, rest = _parser().parse_known_args(arguments)
    os.chdir(REPO)
    paths = [Path(word.partition("::")[0]) for word in rest if Path(word.partition("::")[0]).exists()]
    if own.engine or (paths and all(path.parts[1:3] == ("tests", "engine") for path in paths)):
        return _engine(rest if paths else ["credit_management/tests/engine", *rest])
    with locked():
        command.prepare()
        system.require("chromium", "wkhtmltopdf", "fonts-noto-cjk", "libmagic1", optional=os.geteuid() != 0)
    wants_demo = not arguments or any("demo" in word for word in rest)
    with _databases(own.db, own.as_is, wants_demo) as (database, env):
        pytest: process.Command = [venv.PYTHON, "-m", "pytest", "-p", "kit.bundles"]
        pytest += ["--odoo-http", f"--odoo-database={database}", *rest]
        return process.attend([*pytest, *([] if paths else databases.addons())], odoo.environment() | env)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/test",
        usage="%(prog)s [--engine] [--db NAME [--as-is]] [pytest's arguments; paths from the repository's top]",
        description="Run the tests. Without arguments: every one. All other arguments are pytest's.",
        allow_abbrev=False,
    )
    parser.add_argument("--engine", action="store_true", help="only what runs without Odoo and without a database")
    parser.add_argument("--db", metavar="NAME", help="use a database that stays, and update our addons in it if needed")
    parser.add_argument("--as-is", action="store_true", help="don't update it")
    return parser


def _engine(arguments: list[str]) -> int:
    with locked():
        venv.ready()
    pytest: process.Command = [venv.PYTHON, "-m", "pytest", "-p", "no:odoo", "-p", "kit.bare_addon", *arguments]
    return process.attend(pytest, os.environ | {"PYTHONPATH": str(REPO / "script")})


@contextmanager
def _databases(kept: str | None, as_is: bool, demo: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Give a database to test in, and the environment that names the further ones; drop what was made for this run.

    CREDIT_SCRATCH_DB is like the first, and tests may commit to it. CREDIT_DEMO_DB, if set, has demo data.
    """
    run = f"{_RUN}{os.getpid()}"
    scratch, with_data = f"{run}_scratch", f"{run}_demo"
    env = {"CREDIT_SCRATCH_DB": scratch}
    try:
        with locked():
            _sweep()
            if kept:
                source = kept if as_is else databases.current(kept)
            else:
                source = databases.installed().ready()
                databases.clone(source, run)
            databases.clone(source, scratch)
            if demo:
                databases.clone(databases.installed(demo=True).ready(), with_data)
                env["CREDIT_DEMO_DB"] = with_data
        yield kept or run, env
    finally:
        for name in (run, scratch, with_data):
            databases.drop(name)


def _sweep() -> None:
    """Drop what runs left behind that were killed."""
    for name in databases.names():
        if name.startswith(_RUN) and not Path("/proc", name.removeprefix(_RUN).partition("_")[0]).exists():
            databases.drop(name)
