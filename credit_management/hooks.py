# Part of credit_management. License LGPL-3.0 or later.
"""What installing and uninstalling do beyond tables and data."""


def post_init_hook(env):
    """Companies that were there before us get the shipped policy."""
    companies = env["res.company"].search([("credit_policy_id", "=", False)])
    companies.credit_policy_id = env.ref("credit_management.policy_standard")


def uninstall_hook(env):
    """Take the change triggers off the tables of other addons: their functions go with us."""
    env["credit.change"]._drop_triggers()
