"""Databases, cloned from templates that are made once per set of inputs.

    base        Odoo's own applications                         (minutes; once per Odoo)
    installed   base plus this repository's addons              (once per state of the addons' files)
    a clone     of one of them, to run tests in, to serve, …    (seconds)

What a database was made from is in its comment, written when it is complete. Attachments lie in files that are never
rewritten, so a clone shares those of its template through hard links.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import odoo, postgres, process
from .home import REPO, Problem, say

# Whatever orders get confirmed through, so that every way into a sale is there to be tested.
_TEST_APPLICATIONS = (
    "account", "base_automation", "crm", "event_sale", "payment_demo", "pos_sale", "project", "sale_crm",
    "sale_loyalty", "sale_management", "sale_project", "sale_stock", "stock", "website_sale",
)  # fmt: skip
_DEMO_APPLICATIONS = (
    "account", "contacts", "crm", "payment_demo", "sale_crm", "sale_loyalty", "sale_management", "sale_stock", "stock",
)  # fmt: skip
_DEMO_LANGUAGES = "en_US,zh_CN"  # the first one is everybody's

# Older templates of a kind that are kept: someone may be going back and forth between states of the code, or working
# in several checkouts at once.
_KEPT = 8
# What no installed database depends on.
_ASIDE = {("tests",), ("readme",), ("static", "src"), ("static", "lib"), ("static", "tests")}


@dataclass(frozen=True)
class Template:
    """A database to make clones of. Its name ends in a digest of what it is made from."""

    name: str
    modules: tuple[str, ...]
    beneath: "Template | None" = None
    demo: bool = False
    before: str = ""  # Python code, run with Odoo's `env` before anything is installed

    def ready(self) -> str:
        """Make it if it isn't there or was never completed; return its name."""
        if made_from(self.name) != self.name:
            self._discard_older()
            if self.beneath:
                clone(self.beneath.ready(), self.name)
                if self.before:
                    evaluate("preparing it", self.name, self.before)
                what = f"installing {', '.join(self.modules)}"
            else:
                drop(self.name)
                what = "making a database with Odoo's own applications (takes minutes, but only once)"
            options = ["--with-demo", "--load-language", _DEMO_LANGUAGES] if self.demo else []
            odoo_once(what, self.name, "--init", ",".join(self.modules), *options)
            if self.demo or not self.beneath:
                make_bundles(self.name)
            complete(self.name, self.name)
        return self.name

    def _discard_older(self) -> None:
        older = [name for name in names() if re.fullmatch(rf"{self.name[:-8]}[0-9a-f]{{8}}", name)]
        for name in older[:-_KEPT]:
            drop(name)


def base(*, demo: bool = False) -> Template:
    """Return the template with Odoo's own applications, for tests or with demo data."""
    modules = _DEMO_APPLICATIONS if demo else _TEST_APPLICATIONS
    release = odoo.library() / "odoo" / "release.py"
    languages = [_DEMO_LANGUAGES] if demo else []
    digest = _digest([str(release), str(release.stat().st_mtime_ns), *modules, *languages])
    return Template(f"template_{'demo' if demo else 'test'}_base_{digest}", modules, demo=demo)


def installed(*, demo: bool = False, before: str = "") -> Template:
    """Return the template with this repository's addons as their files are now, and `before` run before them."""
    beneath = base(demo=demo)
    digest = _digest([beneath.name, fingerprint(translated=demo), *filter(None, [before])])
    return Template(f"template_{'demo' if demo else 'test'}_{digest}", tuple(addons()), beneath, demo, before)


def addons() -> list[str]:
    """Return the names of this repository's addons."""
    found = sorted(manifest.parent.name for manifest in REPO.glob("credit_management*/__manifest__.py"))
    if not found:
        raise Problem(f"there is no addon in {REPO}")
    return found


def fingerprint(*, translated: bool = True) -> str:
    """Return a digest of the addon files that shape a database they are installed in.

    In one for tests no language is installed: translations are read from the files, or loaded by the test itself.
    """
    aside = _ASIDE if translated else _ASIDE | {("i18n",)}
    content = []
    for addon in addons():
        for path in sorted((REPO / addon).rglob("*")):
            parts = path.relative_to(REPO / addon).parts
            if path.is_file() and "__pycache__" not in parts and not {parts[:1], parts[:2]} & aside:
                content += [str(path.relative_to(REPO)), hashlib.sha256(path.read_bytes()).hexdigest()]
    return _digest(content)


def current(name: str) -> str:
    """Bring the database `name` up to the addons' files as they are now, and keep what else is in it."""
    inputs = fingerprint()
    if name not in names():
        clone(base().ready(), name)
        odoo_once(f"installing {', '.join(addons())} in {name}", name, "--init", ",".join(addons()))
    elif made_from(name) != inputs:
        # Both: an addon that is new since then isn't installed yet.
        modules = ",".join(addons())
        odoo_once(f"updating {', '.join(addons())} in {name}", name, "--init", modules, "--update", modules)
    complete(name, inputs)
    return name


def odoo_once(what: str, name: str, *options: str) -> None:
    """Run Odoo on a database until it has done what the options ask for, and no longer."""
    written = postgres.LOG.stat().st_size
    command = odoo.command("--database", name, *options, "--stop-after-init", "--no-http", "--max-cron-threads", "0")
    try:
        text = process.run(what, command, env=odoo.environment(), progress=r"Loading module (\S+ \(\d+/\d+\))")
    except process.Failed as failure:
        # A server without space breaks off, and only its own log says why.
        with postgres.LOG.open(errors="replace") as log:
            log.seek(written)
            if process.NO_SPACE.search(log.read()):
                raise Problem(f"{what}: {process.MAKE_ROOM}") from failure
        if "Traceback" in failure.text and not failure.told:
            say(process.tail(failure.text, "Traceback"))
        raise
    if "demo data failed to install" in text:
        raise Problem(f"{what}: demo data failed to install:\n{process.tail(text, 'demo data failed to install')}")


def make_bundles(name: str) -> None:
    """Have the web client's scripts and styles compiled in the database, so that nobody waits for them later."""
    evaluate("compiling the web client's scripts and styles", name, "env['ir.qweb']._pregenerate_assets_bundles()")


def evaluate(what: str, name: str, code: str) -> None:
    """Run Python code with Odoo's `env` on a database, and commit."""
    shell = odoo.command("shell", "--database", name, "--no-http")
    process.run(what, shell, env=odoo.environment(), given=f"{code}\nenv.cr.commit()\n")


def clone(source: str, name: str) -> None:
    """Make the database `name` a copy of `source`, in place of one of that name."""
    drop(name)
    query(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')
    if (filestore := _filestore(source)).is_dir():
        shutil.copytree(filestore, _filestore(name), copy_function=os.link)


def drop(name: str) -> None:
    """Remove the database and its attachments, whoever is connected to it."""
    query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(_filestore(name), ignore_errors=True)


def names() -> list[str]:
    """Return the names of all databases, oldest first."""
    return query("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY oid").split()


def complete(name: str, inputs: str) -> None:
    """Note that the database is complete, and what it was made from."""
    query(f"COMMENT ON DATABASE \"{name}\" IS '{inputs}'")


def made_from(name: str) -> str | None:
    """Return what `complete` noted, None for a database that isn't there or isn't complete."""
    sql = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'"
    return query(sql).strip() or None


def query(sql: str, database: str = "postgres") -> str:
    """Return what psql prints for `sql`: rows as lines, values separated by `|`."""
    command: process.Command = [postgres.BIN / "psql", "-XAtq", "--set", "ON_ERROR_STOP=1", "--command", sql, database]
    done = process.attempt(command, env=odoo.environment())
    if done.returncode:
        raise Problem(f"PostgreSQL: {done.stderr.strip()}")
    return done.stdout


def _filestore(name: str) -> Path:
    return odoo.DATA / "filestore" / name


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]
