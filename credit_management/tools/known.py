# Part of credit_management. License LGPL-3.0 or later.
"""Numbers that may be unknown. Odoo's own number fields take nothing for 0, in what they show as in what they find:
"index below 60" would find every customer of whom nothing is known."""

from odoo import fields


class KnownNumber:
    """What the two fields below have in common: nothing in the database is ``False`` in a record."""

    falsy_value = None

    def convert_to_column(self, value, record, values=None, validate=True):
        return None if value is None or value is False else super().convert_to_column(value, record, values, validate)

    def convert_to_cache(self, value, record, validate=True):
        return None if value is None or value is False else super().convert_to_cache(value, record, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_export(self, value, record):
        return "" if value is False else value


class KnownFloat(KnownNumber, fields.Float):
    """A number that is ``False`` while unknown, and 0.0 only where it is known to be."""


class KnownInteger(KnownNumber, fields.Integer):
    """The same in whole numbers."""


class PositiveMonetary(KnownNumber, fields.Monetary):
    """An amount for which 0 says nothing: what nobody has entered, or somebody has cleared, is unknown."""

    def convert_to_column(self, value, record, values=None, validate=True):
        return super().convert_to_column(value or None, record, values, validate)

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        return super().convert_to_column_insert(value, record, values, validate) if value else None

    def convert_to_cache(self, value, record, validate=True):
        return super().convert_to_cache(value or None, record, validate)
