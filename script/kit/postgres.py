"""The private PostgreSQL server: its cluster is in the cache folder, and only a socket there leads to it.

It is for data that can be made again, so it trades safety for speed: nothing is flushed to disk. A killed server
recovers by itself; after a crash of the whole machine the cluster is made anew.
"""

import os
import pwd
import shlex
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import process, venv
from .home import HOME, REPO, Problem, provide, say

LOCK = REPO / "script" / "postgres.txt"
USER = "credit"

_WHEEL = HOME / "pgserver"
BIN = _WHEEL / "pgserver" / "pginstall" / "bin"
_FOLDER = HOME / "postgres"
_DATA = _FOLDER / "data"
LOG = _FOLDER / "log"
_BOOT_WHEN_STARTED = _FOLDER / "boot_id"
# The address of a Unix socket, file name included, has room for 107 bytes.
_LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432")


def ready() -> None:
    """Have the server running."""
    provide(_WHEEL, LOCK.read_text(), _install)
    # It may be on its way up, or down.
    _until(lambda: _accepts() or _pid() is None, "the database server neither answers nor ends")
    if _pid() is not None:
        return
    if _lost_writes():
        say("the machine went down while the database server ran: making its cluster anew")
        shutil.rmtree(_DATA)
    if not (_DATA / "complete").exists():
        _create()
    _start()


def stop() -> None:
    """Stop the server if it runs."""
    if _pid():
        command: process.Command = [BIN / "pg_ctl", "stop", "--pgdata", _DATA, "--mode", "fast", "--silent"]
        process.run("stopping the database server", command, cwd=_FOLDER, **_identity())


def socket_folder() -> Path:
    """Return the folder with the server's socket, elsewhere if the cache folder's path is too long for one."""
    folder = _FOLDER / "socket"
    if len(os.fsencode(folder)) <= _LONGEST_FOLDER:
        return folder
    return Path(tempfile.gettempdir()) / f"credit-{zlib.crc32(os.fsencode(folder)):08x}"


def _install() -> None:
    install = venv.pip("install", "--no-deps", "--require-hashes", "--requirement", LOCK, "--target", _WHEEL)
    process.run("installing PostgreSQL", install)


def _identity() -> dict[str, Any]:
    """Return how to run the server's programs: PostgreSQL refuses to run as root."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _own(folder: Path) -> None:
    """Give the folder to the server's user, to whom alone it opens."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if identity := _identity():
        os.chown(folder, identity["user"], identity["group"])


def _open_way() -> None:
    """Let the server's user, where it isn't us, pass through the folders above the cluster."""
    if not _identity():
        return
    for folder in (_FOLDER, *_FOLDER.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001:
            say(f"{folder}: letting other users pass through (chmod o+x), since PostgreSQL doesn't run as root")
            folder.chmod(mode | 0o001)


def _create() -> None:
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    _open_way()
    _own(_DATA)
    command: process.Command = [BIN / "initdb", "--pgdata", _DATA, "--username", USER, "--auth", "trust"]
    command += ["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
    process.run("making a database cluster", command, cwd=_FOLDER, env=_plain_environment(), **_identity())
    with (_DATA / "postgresql.conf").open("a") as settings:
        settings.writelines(f"{name} = {value}\n" for name, value in _settings().items())
    (_DATA / "complete").touch()


def _settings() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "listen_addresses": "''",
        "max_connections": "100",
        "max_locks_per_transaction": "512",
        "shared_buffers": f"{min(1024, memory // 8)}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "256MB",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "30min",
        "random_page_cost": "1.1",
        "jit": "off",
    }


def _plain_environment() -> dict[str, str]:
    """Return an environment that the server's user can live with, and that no setting of ours distorts."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _start() -> None:
    _open_way()
    _clear_locks()
    _own(socket_folder())
    LOG.touch()
    if identity := _identity():
        os.chown(LOG, identity["user"], identity["group"])
    command: process.Command = [BIN / "pg_ctl", "start", "--wait", "--timeout", "600", "--silent", "--pgdata", _DATA]
    command += ["--log", LOG, "--options", f"-k {shlex.quote(str(socket_folder()))}"]
    _BOOT_WHEN_STARTED.write_text(_boot())
    # In a session of its own, a Ctrl-C meant for us doesn't reach the server; nor does it hold our locks for ever.
    options = _identity() | {"cwd": _FOLDER, "env": _plain_environment(), "start_new_session": True, "pass_fds": ()}
    try:
        process.run("starting the database server", command, **options)
    except Problem as problem:
        said = [line for line in LOG.read_text(errors="replace").splitlines() if "FATAL" in line]
        raise Problem(f"{said[-1] if said else problem} (log: {LOG})") from problem


def _accepts() -> bool:
    ask: process.Command = [BIN / "pg_isready", "--quiet", "--host", socket_folder(), "--username", USER]
    return _pid() is not None and process.attempt(ask).returncode == 0


def _pid() -> int | None:
    """Return the id of the running server, whatever a pid file left behind says."""
    try:
        pid = int((_DATA / "postmaster.pid").read_text().split()[0])
        program = os.readlink(f"/proc/{pid}/exe")
    except (OSError, ValueError, IndexError):
        return None
    return pid if Path(program.removesuffix(" (deleted)")).name == "postgres" else None


def _clear_locks() -> None:
    """Remove a killed server's lock files, once the last of its processes has ended.

    They name a process id, which may belong to another program by now, or to a dead process that nobody reaps.
    """
    _until(lambda: not _servants(), f"processes of a killed database server are still running in {_DATA}")
    for lock in (_DATA / "postmaster.pid", socket_folder() / ".s.PGSQL.5432.lock"):
        lock.unlink(missing_ok=True)


def _servants() -> list[Path]:
    """Return the processes at work in the cluster's folder."""
    found = []
    for process_folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or none of our business
            if (process_folder / "cwd").readlink() == _DATA:
                found.append(process_folder)
    return found


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    """Wait for what takes a moment, or after a crash some more."""
    deadline = time.monotonic() + 120
    while not holds():
        if time.monotonic() > deadline:
            raise Problem(f"{otherwise} (log: {LOG})")
        time.sleep(0.1)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text()


def _lost_writes() -> bool:
    """Tell whether the machine went down under a running server, whose writes may then not be on the disk."""
    if not _BOOT_WHEN_STARTED.exists() or _BOOT_WHEN_STARTED.read_text() == _boot():
        return False
    state = process.attempt([BIN / "pg_controldata", _DATA], env=_plain_environment()).stdout
    return "shut down" not in next((line for line in state.splitlines() if "cluster state" in line), "")
