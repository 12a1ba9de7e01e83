# Part of credit_management. License LGPL-3.0 or later.
"""The configuration reference, made from the fields and registries themselves, so that none is missing."""

from pathlib import Path

from odoo.tools import format_amount

from ..engine.alerts import ALERT_KINDS
from ..engine.limits import LIMIT_METHODS
from ..engine.rules import RULE_KINDS
from ..indicators import INDICATORS

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"

HEAD = """# Configuration reference

Every setting, with what it is at first and what it does. Made by `script/reference` from the program itself; a test
tells when it is out of date.

* [Settings](#settings): of a company
* [Policies](#policies): of a policy's version
* [Rules](#rules) and [exemptions](#exemptions): what a policy checks
* [Alert rules](#alert-rules): what the monitor watches for
* [Methods for limits](#methods-for-limits): how a limit is recommended
* [Indicators](#indicators): what scorecards stand on
"""

# what no person sets: kept by the system, or shown only
KEPT = {
    "activity_ids", "author_ids", "compare_id", "date_to", "display_name", "first_id", "id", "message_ids", "name",
    "origin_id", "profile_ids", "publication_note", "published_by", "published_on", "state", "version",
    "acknowledgement_ids", "document_name", "date_from",
}  # fmt: skip


def page(env):
    """The whole page, in English."""
    env = env(context={"lang": "en_US"})
    parts = [
        HEAD,
        _table("Settings", ("Setting", "At first", "Effect"), _settings(env)),
        _table("Policies", ("Setting", "At first", "Effect"), _policy(env)),
        _table("Rules", ("Rule", "Figures", "Violated when"), _rules(env, "check")),
        _table("Exemptions", ("Exemption", "Figures", "Passes"), _rules(env, "exempt")),
        _table("Alert rules", ("Alert", "Figures", "Raised when"), _alerts()),
        _table("Methods for limits", ("Method", "Estimate"), _methods()),
        _table("Indicators", ("Indicator", "Unit", "What it is", "From"), _indicators()),
    ]
    return "\n".join(parts)


def _table(title, heads, rows):
    lines = [f"\n## {title}\n", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _settings(env):
    fields = env["res.config.settings"]._fields
    company = env["res.company"].new({})
    for name in sorted(fields):
        field = fields[name]
        if not name.startswith("credit_") or field.readonly or not field.related:
            continue
        target = company._fields[field.related.rpartition(".")[2]]
        yield f"**{field.string}**", _default(env, target, company), (field.help or target.help) + _options(env, target)


def _default(env, field, record):
    """What a new record has."""
    if field.relational:
        found = field.default(record) if field.default else None
        return found.display_name if found else "none"
    return _said(env, field, field.default(record) if field.default else False)


def _said(env, field, value):
    if field.type == "boolean":
        return "yes" if value else "no"
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value, "–")
    if field.type == "monetary":
        return format_amount(env, value or 0.0, env.ref("base.USD")).replace("$", "").strip()
    if field.type in ("integer", "float"):
        return f"{value or 0:g}"
    return "empty"


def _options(env, field):
    if field.type != "selection":
        return ""
    return f" One of: {'; '.join(label for _value, label in field._description_selection(env))}."


def _policy(env):
    policy = env["credit.policy"]
    defaults = policy.default_get(list(policy._fields))
    for name, field in policy._fields.items():
        if (
            name in KEPT
            or not field.store
            or field.readonly
            or not field.help
            or name.startswith(("message_", "activity_", "website_", "rating_", "has_"))
        ):
            continue
        value = "none" if field.relational else _said(env, field, defaults.get(name, False))
        yield f"**{field.string}**", value, field.help + _options(env, field)


def _rules(env, which):
    labels = env["credit.policy.rule"]._fields
    names = {"payment_terms": "payment_term_ids", "index": "index_floor", "grade": "grade_id", "unknown": "if_unknown"}
    names["account_statuses"] = "account_status_ids"
    for kind in RULE_KINDS.values():
        if getattr(kind, which):
            figures = (labels[names.get(parameter, parameter)].string for parameter in kind.parameters)
            yield f"**{kind.label}**", ", ".join(figures) or "–", kind.help


def _alerts():
    for kind in ALERT_KINDS.values():
        yield f"**{kind.label}**", ", ".join(kind.parameters) or "–", kind.help


def _methods():
    for method in LIMIT_METHODS.values():
        yield f"**{method.label}**", method.help


def _indicators():
    for indicator in sorted(INDICATORS.values(), key=lambda indicator: (indicator.group, indicator.label)):
        yield f"**{indicator.label}**", indicator.unit, indicator.help, indicator.source
