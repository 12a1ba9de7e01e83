# Part of credit_management. License LGPL-3.0 or later.
from . import test_delivery_checkpoint, test_stock, test_tours
