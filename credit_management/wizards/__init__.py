# Part of credit_management. License LGPL-3.0 or later.
from . import (
    base_partner_merge,
    credit_application_ask,
    credit_ask,
    credit_benchmark_import,
    credit_dispute,
    credit_enrol,
    credit_hold,
    credit_limit_request,
    credit_payment_load,
    credit_publish,
    credit_questionnaire,
    credit_release,
    credit_snooze,
    credit_statement_import,
    credit_what_if,
    validate_account_move,
)
