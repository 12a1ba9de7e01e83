# Part of credit_management. License LGPL-3.0 or later.
"""Every text that people read is marked for translation where it is written, also where there is no language yet."""

from pathlib import Path

from babel.messages.extract import extract

from odoo.tests import TransactionCase, tagged

from ..engine import information, limits, ratios, records, scorecard, statement
from ..indicators import INDICATORS
from ..indicators.registry import UNITS

ADDON = Path(__file__).parents[1]


def marked():
    """The texts in the addon's Python that Odoo's extraction finds."""
    found = set()
    for path in ADDON.rglob("*.py"):
        if "tests" not in path.parts:
            with path.open("rb") as source:
                messages = extract("python", source, keywords={"_": None}, options={"encoding": "UTF-8"})
                found |= {text for _line, text, _comments, _context in messages if isinstance(text, str)}
    return found


@tagged("post_install", "-at_install")
class TestTranslation(TransactionCase):
    def texts(self):
        for texts in (
            scorecard.PROBLEMS, scorecard.NOTCH_ERRORS, scorecard.MISSING, limits.REASONS, limits.FIGURES,
            limits.STAGES, limits.CAPS,
        ):  # fmt: skip
            yield from texts.values()
        for each in INDICATORS.values():
            yield from (each.label, each.help, each.source)
        for each in ratios.RATIOS.values():
            yield from (each.label, each.help, each.source)
        for each in limits.LIMIT_METHODS.values():
            yield from (each.label, each.help)
        for each in statement.LINES.values():
            yield from filter(None, (each.label, each.help))
        yield from (part.label for part in information.PARTS.values())
        yield from (kind.label for kind in records.KINDS.values())
        yield from (word for word in UNITS.values() if word.isalpha())

    def test_texts_of_the_engine_and_the_indicators_are_marked(self):
        texts = set(self.texts())
        self.assertGreater(len(texts), 250)
        self.assertEqual(sorted(texts - marked()), [])
