# Part of credit_management. License LGPL-3.0 or later.
from . import (
    credit_file,
    credit_decision_report,
    credit_limit_report,
    credit_concentration_report,
    credit_audit_event,
    credit_provision,
)
