# Part of credit_management. License LGPL-3.0 or later.
from . import (
    credit_checked_mixin,
    credit_policy,
    credit_policy_rule,
    credit_authority,
    credit_reason,
    credit_gate,
    credit_profile,
    credit_limit,
    credit_decision,
    res_company,
    res_config_settings,
    res_partner,
    sale_order_line,
    sale_order,
    sale_order_fill,
    account_move,
    payment_transaction,
    ir_http,
    # last: their indexes and triggers stand on columns of the models above
    credit_exposure,
    credit_change,
)
