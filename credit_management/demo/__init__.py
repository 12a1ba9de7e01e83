# Part of credit_management. License LGPL-3.0 or later.
from . import (
    credit_demo,
    credit_demo_information,
    credit_demo_limits,
    credit_demo_policy,
    credit_demo_portal,
    credit_demo_rating,
    credit_demo_simulation,
    credit_demo_watch,
)
