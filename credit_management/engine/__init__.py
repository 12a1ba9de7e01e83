# Part of credit_management. License LGPL-3.0 or later.
"""The credit science: pure Python, typed, without Odoo and without I/O."""


def _(text: str) -> str:
    """Mark a text for translation, where there is no language to translate it to yet: what shows it does that."""
    return text
