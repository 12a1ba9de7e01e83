"""A pytest plugin: compile the web client once before the tests, if any of them opens a page.

What a browser test compiles is rolled back with its transaction, so that otherwise each would compile it again.
"""

import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import HttpCase, get_db_name


@pytest.fixture(scope="session", autouse=True)
def _bundles(request: pytest.FixtureRequest, load_registry: None) -> None:
    classes = {getattr(item, "cls", None) for item in request.session.items}
    if any(cls and issubclass(cls, HttpCase) for cls in classes):
        with Registry(get_db_name()).cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["ir.qweb"]._pregenerate_assets_bundles()
