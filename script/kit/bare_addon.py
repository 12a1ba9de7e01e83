"""A pytest plugin: run the engine's tests where there is no Odoo.

They import the engine relatively (`from ...engine import position`), which would first import the addon and with it
its models. Here the packages above them hold nothing but their place, so that importing the engine runs nothing but
the engine, and fails if it should ever import Odoo.
"""

import sys
import types

from kit.home import REPO

for _path in ("credit_management", "credit_management/tests"):
    _package = types.ModuleType(_path.replace("/", "."))
    _package.__path__ = [str(REPO / _path)]
    sys.modules[_package.__name__] = _package
