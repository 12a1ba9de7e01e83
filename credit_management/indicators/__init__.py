# Part of credit_management. License LGPL-3.0 or later.
"""What a scorecard can look at: each indicator is registered once, in one of these files."""

from .facts import Facts
from .registry import INDICATORS, Evidence, Indicator, Reading, indicator, measure
from . import statements, payment, relationship, records, information, exposure
