"""`script/translate`: the terms of each addon, and its translations brought up to date with them.

Odoo itself exports the terms, from a database in which the addons are installed: only there is known what the views,
the fields and the data say. `translations` merges them into the files of the languages; `script/lint` checks these.
"""

import argparse
import tempfile
from pathlib import Path

from . import command, databases, odoo, process, venv
from .home import locked


def main(arguments: list[str]) -> int:
    """Write every addon's template and translations anew; return 0 if nothing is left to translate."""
    parser = argparse.ArgumentParser(
        prog="script/translate",
        description="Export the addons' terms, merge them into i18n/*.po, and say what is to be translated yet.",
    )
    parser.parse_args(arguments)
    with locked():
        command.prepare()
        database = databases.installed().ready()
    with tempfile.TemporaryDirectory() as folder:
        for addon in databases.addons():
            exported = Path(folder) / f"{addon}.pot"
            _export(database, addon, exported)
        merge: process.Command = [venv.PYTHON, "-m", "kit.translations", "merge", folder, *databases.addons()]
        return process.attend(merge, odoo.environment())


def _export(database: str, addon: str, target: Path) -> None:
    options = ["--database", database, "--languages", "pot", "--output", str(target), addon]
    process.run(f"exporting the terms of {addon}", odoo.command("i18n", "export", *options), env=odoo.environment())
