"""Running other programs: output to a log, progress on the terminal, and one line when it goes wrong."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .home import HOME, Problem, held, say

# How pip, apt, npm, PostgreSQL and Odoo mark the line that says what went wrong.
_COMPLAINT = re.compile(r"^(E:|npm error|npm ERR!|initdb: error|pg_ctl: )|\b(ERROR|CRITICAL|FATAL)\b")
_REMARK = re.compile(r"complete log of this run|No matching distribution|Some index files failed")
# How pip (when it gives up), apt and npm mark that they did not get through, which what they say last often hides.
_UNREACHED = re.compile(
    r"^(?:WARNING: Retrying \(Retry\(total=0|E: |npm (?:error|ERR!)).*?"
    r"(certificate verify failed[^()']*|SELF_SIGNED_CERT\w*|Temporary failure [\w ]+|EAI_AGAIN|ENOTFOUND|ECONN\w+|"
    r"ETIMEDOUT|Network is unreachable|Connection refused|[Cc]onnection timed out|Could not (?:resolve|connect)[^']*)",
    re.MULTILINE,
)

NO_SPACE = re.compile(r"No space left on device|Check free disk space")
MAKE_ROOM = f"no space left for {HOME}: make room on that disk, or name a folder on another one in CREDIT_HOME"
# With less space than this, in bytes, programs may fail without the room to say why.
_NOTHING = 2**20

Command = list[str | Path]


class Failed(Problem):
    """A program that ended badly, with the log that says why."""

    def __init__(self, what: str, code: int, log: Path) -> None:
        """Say it in one line: what failed, its own complaint, and where to read more."""
        self.text = log.read_text(errors="replace")
        self.told = True  # whether the one line says it all
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        complaints = [line for line in lines if _COMPLAINT.search(line) and not _REMARK.search(line)]
        reason = (complaints or lines or [f"exit code {code}"])[-1]
        if NO_SPACE.search(self.text) or shutil.disk_usage(HOME).free < _NOTHING:
            reason = MAKE_ROOM
        elif unreached := _UNREACHED.search(self.text):
            reason = f"no way through to where it comes from ({unreached[1].strip()}): is there a network?"
        else:
            self.told = False
        super().__init__(f"{what}: {reason} (log: {log})")


def run(
    what: str,
    command: Command,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    given: str = "",
    progress: str | None = None,
    **options: Any,
) -> str:
    """Run `command` to its end with `given` on its standard input, and return what it printed.

    `what` is said when it starts. On a long run the time it has taken is said now and then, with the last match in
    its output of the pattern `progress`. A bad end raises `Failed`.
    """
    log = HOME / "log" / (re.sub(r"\W+", "-", what).strip("-") + ".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    say(f"{what} …")
    with log.open("w") as output:
        options = {"pass_fds": held()} | options
        options |= {"stdin": subprocess.PIPE, "stdout": output, "stderr": subprocess.STDOUT, "text": True}
        try:
            process = subprocess.Popen(command, env=env, cwd=cwd, **options)
        except FileNotFoundError as error:
            raise Problem(f"{what}: the program {command[0]} is not on this machine") from error
        try:
            with suppress(BrokenPipeError):  # it ended without reading: its exit code tells
                assert process.stdin
                process.stdin.write(given)
                process.stdin.close()
            _wait(process, log, progress)
        finally:
            if process.poll() is None:  # interrupted
                process.terminate()
                process.wait()
    if process.returncode:
        raise Failed(what, process.returncode, log)
    return log.read_text(errors="replace")


def attempt(command: Command, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a short command in silence and return how it ended."""
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
            pass_fds=held(), **options,
        )  # fmt: skip
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def attend(command: Command, env: Mapping[str, str]) -> int:
    """Run a command that has the terminal for itself, and return its exit code.

    A Ctrl-C reaches it as well as us: we leave it to end in its own way.
    """
    process = subprocess.Popen(command, env=env)
    try:
        while True:
            with suppress(KeyboardInterrupt):
                return process.wait()
    finally:
        if process.poll() is None:  # we have been told to stop
            process.terminate()
            process.wait()


def tail(text: str, start: str, lines: int = 40) -> str:
    """Return the end of a log from the last line with `start` in it, at most so many lines."""
    found = text.rfind(start)
    return "\n".join(text[max(found, 0) :].splitlines()[:lines])


def _wait(process: subprocess.Popen[str], log: Path, progress: str | None) -> None:
    live = sys.stderr.isatty()
    started = time.monotonic()
    while True:
        try:
            process.wait(timeout=1 if live else 20)
            break
        except subprocess.TimeoutExpired:
            note = f"  {time.monotonic() - started:.0f} s"
            if progress and (seen := re.findall(progress, log.read_text(errors="replace"))):
                note += f", {seen[-1]}"
            print(f"\r\x1b[K{note}" if live else note, file=sys.stderr, end="" if live else "\n", flush=True)
    if live:
        print("\r\x1b[K", file=sys.stderr, end="", flush=True)
