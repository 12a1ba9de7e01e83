"""`script/reference`: the configuration reference in docs/, made from the addons' fields."""

from . import command, databases
from .home import REPO, locked, say

PAGE = REPO / "docs" / "configuration.md"
_CODE = f"""
from pathlib import Path
from odoo.addons.credit_management.tests.reference import page
Path({str(PAGE)!r}).write_text(page(env) + "\\n")
"""


def main(_arguments: list[str]) -> None:
    """Write the page anew."""
    with locked():
        command.prepare()
        template = databases.installed().ready()
        databases.evaluate("writing the configuration reference", template, _CODE)
    say(f"{PAGE.relative_to(REPO)} is written")
