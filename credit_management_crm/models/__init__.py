# Part of credit_management. License LGPL-3.0 or later.
from . import credit_profile, crm_lead, crm_lead_check, credit_application, res_company, res_config_settings
