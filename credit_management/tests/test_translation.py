# Part of credit_management. License LGPL-3.0 or later.
"""Every text that people read is marked for translation where it is written, and is in the files of the languages."""

import io
import re
from pathlib import Path

import polib
from babel.messages.extract import extract

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

from ..engine import information, limits, ratios, records, replay, scorecard, statement
from ..engine.alerts import ALERT_KINDS
from ..indicators import INDICATORS
from ..indicators.registry import UNITS
from ..tools.words import enumerated, side_by_side

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
            limits.STAGES, limits.CAPS, replay.NOTES,
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

    def test_texts_of_the_engine_are_said_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        chinese = self.env(context=dict(self.env.context, lang="zh_CN"))
        kinds = (INDICATORS, ratios.RATIOS, limits.LIMIT_METHODS, statement.LINES, records.KINDS, ALERT_KINDS)
        labels = [each.label for kind in kinds for each in kind.values()]
        self.assertEqual([label for label in labels if not re.search("[\u4e00-\u9fff]", chinese._(label))], [])
        self.assertEqual(enumerated(chinese, ["a", "b", "c"]), "a、b、c")
        self.assertEqual(side_by_side(chinese, ["a", "b"]), "a；b")
        self.assertEqual(enumerated(self.env, iter(["a", "b", "c"])), "a, b, c")
        self.assertEqual(side_by_side(self.env, []), "")

    def test_files_have_every_term_of_the_addons(self):
        """What `script/lint` can't tell: what the views, the fields and the data say, and where they say it."""
        addons = self.env["ir.module.module"].search([("name", "=like", "credit_management%")])
        addons = addons.filtered(lambda addon: addon.state == "installed").mapped("name")
        self.assertIn("credit_management", addons)
        for addon in addons:
            exported = io.BytesIO()
            trans_export(None, [addon], exported, "po", self.env)
            terms = self.places(polib.pofile(exported.getvalue().decode()))
            for path in sorted(Path(get_module_path(addon), "i18n").glob("*.po*")):
                kept = self.places(polib.pofile(str(path)))
                differing = sorted(term for term in terms.keys() | kept.keys() if terms.get(term) != kept.get(term))
                self.assertEqual(differing, [], f"{addon}: {path.name} is not up to date: run script/translate")

    @staticmethod
    def places(po):
        """Each term, and the names of the records and files that it is in."""
        return {entry.msgid: sorted(set(entry.occurrences)) for entry in po if not entry.obsolete}
