"""A pytest plugin: compile the web client once before the tests, if any of them opens a page.

What a browser test compiles is rolled back with its transaction, so that otherwise each would compile it again.
"""

import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import HttpCase, get_db_name

# What a page loads, of what our addons add to; the rest is in the template.
_BUNDLES = (
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_frontend",
    "web.assets_tests",
    "web.assets_emoji",
    "bus.websocket_worker_assets",
)


@pytest.fixture(scope="session", autouse=True)
def _bundles(request: pytest.FixtureRequest, load_registry: None) -> None:
    classes = {getattr(item, "cls", None) for item in request.session.items}
    if any(cls and issubclass(cls, HttpCase) for cls in classes):
        with Registry(get_db_name()).cursor() as cr:
            qweb = api.Environment(cr, SUPERUSER_ID, {})["ir.qweb"]
            for name in _BUNDLES:
                qweb._get_asset_bundle(name, css=False, js=True).js()
                qweb._get_asset_bundle(name, css=True, js=False).css()
