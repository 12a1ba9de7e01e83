# Part of credit_management. License LGPL-3.0 or later.
from . import credit_decision, credit_policy_rule, sale_order, sale_order_line, stock_move, stock_picking
