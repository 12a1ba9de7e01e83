# Part of credit_management. License LGPL-3.0 or later.
"""The credit science: pure Python, typed, without Odoo and without I/O."""
