# Part of credit_management. License LGPL-3.0 or later.
from . import (
    test_company,
    test_credit_payment,
    test_credit_payment_history,
    test_credit_payment_play,
    test_demo,
    test_exposure,
    test_exposure_play,
    test_gate,
    test_limit,
    test_policy,
    test_profile,
    test_race,
    test_receivables_book,
    test_release,
    test_tours,
    test_ways_in,
)
