"""The cache folder: everything provisioned lives in it, and it is safe to delete.

A folder in it counts as there only when its stamp says so. The stamp is written last, so whatever an interrupted
run left behind is taken for missing and made again.
"""

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


class Problem(Exception):
    """Something that the person at the keyboard can put right, said in one line."""


def _home() -> Path:
    if named := os.environ.get("CREDIT_HOME"):
        return Path(named).expanduser().absolute()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache").absolute() / "credit_management"


HOME = _home()
_held: list[int] = []


def say(text: str) -> None:
    """Tell what is going on, on stderr: stdout belongs to what a command is asked for."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def locked(name: str = "lock", by: str = "another script that is preparing something") -> Iterator[None]:
    """Hold the cache folder for oneself while something in it is made or removed, or what else `name` stands for.

    `by` says who may be holding it. The programs that `process` starts meanwhile hold it with us: where we are killed
    and they go on writing, the next one waits until they have ended.
    """
    try:
        HOME.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"{error.filename}: {error.strerror}: name a folder of your own in CREDIT_HOME") from error
    with (HOME / name).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for {by} …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        _held.append(handle.fileno())
        try:
            yield
        finally:
            _held.remove(handle.fileno())
            fcntl.flock(handle, fcntl.LOCK_UN)  # for whoever has it from us too


def held() -> tuple[int, ...]:
    """Return the file descriptors of the locks that we hold."""
    return tuple(_held)


def provide(folder: Path, inputs: str, build: Callable[[], None]) -> Path:
    """Return `folder`, first built anew unless it was completed from these very `inputs`."""
    stamp = folder / ".complete"
    if not (stamp.is_file() and stamp.read_text() == inputs):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build()
        stamp.write_text(inputs)
    return folder
