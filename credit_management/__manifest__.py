# Part of credit_management. License LGPL-3.0 or later.
{
    "name": "Credit Management",
    "summary": "The credit department inside Odoo: limits, live exposure, and orders that cannot slip past them",
    "version": "19.0.1.0.0",
    "category": "Accounting/Credit",
    "license": "LGPL-3",
    "author": "Credit Management contributors",
    "depends": ["sale", "account"],
    "data": [
        "security/credit_groups.xml",
        "security/ir.model.access.csv",
        "security/credit_rules.xml",
        "data/credit_reason_data.xml",
        "data/credit_policy_data.xml",
        "data/ir_cron_data.xml",
        "views/credit_wizard_actions.xml",
    ],
    "demo": [],
    "assets": {},
    "application": True,
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
