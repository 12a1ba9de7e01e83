"""`script/demo`: a database with demo data, served."""

import argparse
import contextlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from . import command, databases, odoo, system
from .home import Problem, locked, say

HOST = "127.0.0.1"
# Who the demo data lets in; the password is the login.
LOGINS = {
    "salesperson": "demo_sales",
    "accountant": "demo_accountant",
    "credit analyst": "demo_analyst",
    "credit manager": "demo_manager",
    "administrator": "admin",
    "customer, on the portal": "demo_customer",
}

_SET_LANGUAGE = """
language = env["res.lang"]._activate_lang({code!r}) or env["res.lang"].browse()
if not language:
    raise SystemExit("Odoo knows no language {code}")
env["base.language.install"].create({{"lang_ids": [(6, 0, language.ids)]}}).lang_install()
env["res.users"].with_context(active_test=False).search([]).partner_id.lang = {code!r}
env["ir.default"].set("res.partner", "lang", {code!r})
"""
# A shop comes with an addon, and with a language of its own.
_SET_SHOP_LANGUAGE = """
language = env["res.lang"]._lang_get({code!r})
if "website" in env:
    env["website"].search([]).write({{"language_ids": [(4, language.id)], "default_lang_id": language.id}})
"""


def main(arguments: list[str]) -> int | None:
    """Serve the demo database until Ctrl-C."""
    options = _parser().parse_args(arguments)
    if not options.prepare_only:
        check_free(options.port)
    with locked():
        command.prepare()
        system.require("wkhtmltopdf", "fonts-noto-cjk", "libmagic1", optional=True)
        name = database(options.db, options.lang, reset=options.reset)
    if options.prepare_only:
        say(f"the demo database {name} is ready")
        return 0
    return _serve(name, options.port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    parser.add_argument("--port", type=port_number, default=8069, help="where to serve it (8069)")
    parser.add_argument(
        "--lang", metavar="CODE", type=language_code, help="its users' language, such as zh_CN (English)"
    )
    parser.add_argument("--db", metavar="NAME", type=_name, default="credit_demo", help="its database (credit_demo)")
    parser.add_argument("--reset", action="store_true", help="start from the demo data again")
    parser.add_argument("--prepare-only", action="store_true", help="don't serve it")
    return parser


def port_number(text: str) -> int:
    """Read a command line's argument."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number")
    return int(text)


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", text):
        raise argparse.ArgumentTypeError(f"{text!r}: a name has small letters, digits and underscores only")
    return text


def language_code(code: str) -> str:
    """Read a command line's argument."""
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z0-9]{2,3})?(@[a-z]+)?", code):
        raise argparse.ArgumentTypeError(f"{code!r} is not a language's code, such as zh_CN")
    return code


def check_free(port: int) -> None:
    """Raise a problem if somebody else serves on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Problem(f"port {port} can't be used ({error.strerror}): choose another with --port") from error


def database(name: str, language: str | None, *, reset: bool) -> str:
    """Return the demo database in that language, made anew only if the addons have changed since."""
    # before the demo data, which writes notes and activities in the language of those whom they are for
    before = _SET_LANGUAGE.format(code=language) if language else ""
    template = databases.installed(demo=True, before=before).ready()
    name = f"{name}_{language}" if language else name
    if reset or databases.made_from(name) != template:
        say(f"making the database {name} from the demo data")
        databases.clone(template, name)
        if language:
            databases.evaluate("setting the shop's language", name, _SET_SHOP_LANGUAGE.format(code=language))
        databases.complete(name, template)
    return name


def _serve(name: str, port: int) -> int:
    try:
        with serving(name, port) as server:
            if server.poll() is None:
                _welcome(port)
            return server.wait()
    except KeyboardInterrupt:
        say("\nstopping")
        return 0


@contextlib.contextmanager
def serving(name: str, port: int, *further: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve a database, which answers when the block begins unless the server has ended, until the block ends.

    `further` options of Odoo's may be given.
    """
    options = ["--database", name, "--db-filter", f"^{name}$", "--http-interface", HOST, "--http-port", str(port)]
    server = subprocess.Popen(odoo.command(*options, "--log-level", "warn", *further), env=odoo.environment())
    try:
        _wait_for(server, port)
        yield server
    finally:
        # Ctrl-C at a terminal reaches the server too; a second signal would make it leave what it is doing.
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.5)
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_for(server: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the server answers, or has ended instead."""
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/web/login", timeout=60).close()
            return
        except urllib.error.HTTPError:
            return  # it answers; what is wrong is in its log
        except OSError:
            time.sleep(0.3)


def _welcome(port: int) -> None:
    width = max(map(len, LOGINS))
    print(f"\nhttp://{HOST}:{port}  (Ctrl-C stops it)\n")
    print("Log in with one of these; the password is the same as the login:")
    for role, login in LOGINS.items():
        print(f"  {role:<{width}}  {login}")
    print(flush=True)
