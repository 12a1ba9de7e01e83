"""A pytest plugin: import the engine by its usual name where there is no Odoo.

`odoo.addons.credit_management.engine` then lies in packages that hold nothing but their place, so that importing it
runs neither Odoo nor the addon's models, and fails if the engine should ever import them.
"""

import sys
import types
from pathlib import Path

from kit.home import REPO


def _package(name: str, *folders: Path) -> None:
    package = types.ModuleType(name)
    package.__path__ = [str(folder) for folder in folders]
    sys.modules[name] = package


_package("odoo")
_package("odoo.addons", REPO)
_package("odoo.addons.credit_management", REPO / "credit_management")
_package("odoo.addons.credit_management.tests", REPO / "credit_management" / "tests")
_package("credit_management", REPO / "credit_management")
_package("credit_management.tests", REPO / "credit_management" / "tests")
