# Part of credit_management. License LGPL-3.0 or later.
from . import test_crm_lead, test_crm_lead_check, test_forecast_pipeline, test_tours
