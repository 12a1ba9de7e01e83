# Part of credit_management. License LGPL-3.0 or later.
from . import demo, models
from .hooks import post_init_hook, uninstall_hook
