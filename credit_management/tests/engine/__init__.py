# Part of credit_management. License LGPL-3.0 or later.
from hypothesis import HealthCheck, settings

# how long it takes says nothing of right or wrong, and the machine may be busy
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
