"""What every command does first, how it hands over to another program, and how it ends."""

import errno
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from . import odoo, postgres, venv
from .home import HOME, REPO, Problem, locked, say
from .process import Command

# What a person can put right, and should be told in one line.
_EXPLAINED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT}


def main(command: Callable[[list[str]], int | None]) -> None:
    """Run a command with the arguments of the command line, and exit with its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    os.umask(0o022)  # the database server runs as another user and has to read its programs
    try:
        sys.exit(command(sys.argv[1:]))
    except Problem as problem:
        sys.exit(f"{Path(sys.argv[0]).name}: {problem}")
    except OSError as error:
        if error.errno not in _EXPLAINED:
            raise
        place = Path(error.filename or HOME)
        advice = ": name a folder of your own in CREDIT_HOME" if place.is_relative_to(HOME) else ""
        sys.exit(f"{Path(sys.argv[0]).name}: {place}: {error.strerror}{advice}")
    except KeyboardInterrupt:
        say(f"\n{Path(sys.argv[0]).name}: interrupted; the next run goes on from what is complete")
        sys.exit(130)


def prepare() -> None:
    """Have Odoo, its Python packages and the database server, under the lock of the cache folder."""
    venv.ready()
    odoo.ready()
    postgres.ready()


def become(program: Command, env: Mapping[str, str] | None = None) -> None:
    """Go on as another program, in Odoo's environment unless told otherwise."""
    sys.stdout.flush()
    os.execve(program[0], [os.fspath(word) for word in program], dict(odoo.environment() if env is None else env))


def run_odoo(arguments: list[str]) -> None:
    """Run Odoo's own command line."""
    with locked():
        prepare()
    become(odoo.command(*arguments))


def run_psql(arguments: list[str]) -> None:
    """Open a database in psql."""
    with locked():
        prepare()
    become([postgres.BIN / "psql", *(arguments or ["postgres", "--list"])])


def run_bench(arguments: list[str]) -> None:
    """Run the benchmarks, which find the databases they need through `kit.databases`."""
    with locked():
        prepare()
    os.chdir(REPO)
    become([venv.PYTHON, "-m", "benchmarks", *arguments])


def stop(_arguments: list[str]) -> None:
    """Stop the database server."""
    with locked():
        postgres.stop()


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)
