# Part of credit_management. License LGPL-3.0 or later.
"""What installing and uninstalling do beyond tables and data."""


def post_init_hook(env):
    """Companies that were there before us get the shipped policy."""
    companies = env["res.company"].search([("credit_policy_id", "=", False)])
    companies.credit_policy_id = env.ref("credit_management.policy_standard")


def uninstall_hook(env):
    """Take our triggers off the tables of other addons, and our functions with them."""
    for model in ("credit.change", "credit.decision", "credit.exposure"):
        env[model]._drop_from_database()
