# Part of credit_management. License LGPL-3.0 or later.
"""How fast the addon is, on a book of 20,000 customers: ratios measured in one run. Start it with ``script/bench``."""
