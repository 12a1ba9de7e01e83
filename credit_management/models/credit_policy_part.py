# Part of credit_management. License LGPL-3.0 or later.
from base64 import b64decode
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_date, formatLang


class CreditPolicyPart(models.AbstractModel):
    """A line of a policy: it can be written as long as its policy can, and whoever writes it is then an author."""

    _name = "credit.policy.part"
    _description = "Part of a Credit Policy"

    policy_id = fields.Many2one("credit.policy", required=True, index=True, ondelete="cascade")

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts.policy_id._edit()
        return parts

    def write(self, vals):
        self.check_access("write")
        self.policy_id._edit()
        result = super().write(vals)
        if "policy_id" in vals:
            self.policy_id._edit()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_from_drafts(self):
        self.policy_id._edit()

    def _identity(self):
        """By what a line of another version is recognised as the same one."""
        raise NotImplementedError

    def _in_words(self):
        """The whole line in the reader's language."""
        raise NotImplementedError

    def _compared(self, others):
        """What is different in these lines from ``others``, those of another version: ``[(what, before, after)]``.

        Of several that look alike the first is taken for the first, and so on.
        """
        pairs = defaultdict(lambda: [None, None])
        for side, lines in enumerate((others, self)):
            seen = defaultdict(int)
            for line in lines:
                identity = line._identity()
                pairs[identity, seen[identity]][side] = line
                seen[identity] += 1
        rows = []
        for before, after in pairs.values():
            if before is None or after is None:
                was, now = (line._in_words() if line else "–" for line in (before, after))
                rows.append(((after or before).display_name, was, now))
                continue
            rows += [
                (f"{after.display_name}: {label}", was, now)
                for label, was, now in compared(after, before, lambda field: field.store and field.name != "policy_id")
            ]
        return rows


def compared(record, other, includes):
    """The fields in which two records of a model differ, in words: ``[(label, before, after)]``.

    :param includes: says of a field whether it counts
    """
    technical = {"id", *models.MAGIC_COLUMNS}
    rows = []
    for name, field in record._fields.items():
        if name in technical or not includes(field) or record[name] == other[name]:
            continue
        # text fields that are empty are False or "", and the same
        if record[name] or other[name]:
            label = field._description_string(record.env)
            rows.append((label, _shown(other, field), _shown(record, field)))
    return rows


def _shown(record, field):
    """The value of a field in the reader's language."""
    env, value = record.env, record[field.name]
    if field.type == "boolean":
        return env._("yes") if value else env._("no")
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value, "–")
    if field.type == "monetary":
        return formatLang(env, value, currency_obj=record[field.get_currency_field(record)])
    if field.type in ("many2one", "many2many"):
        return ", ".join(value.mapped("display_name")) or "–"
    if field.type == "date":
        return format_date(env, value) or "–"
    if field.type in ("float", "integer"):
        return f"{value:.12g}"
    if field.type == "binary":
        return env._("a file of %s bytes", len(b64decode(value))) if value else "–"
    return value or "–"
