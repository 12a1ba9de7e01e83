# Part of credit_management. License LGPL-3.0 or later.
"""What was in force stays in force: policies come up as published versions, customers keep theirs, and joint limits
that stood on groups become rows of the table of limits."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, convert_file
from odoo.tools.sql import column_exists

# the lines that policies did not have yet, with the files that bring those of the standard policy
NEW_PARTS = {
    "alert_rule_ids": "data/credit_alert_data.xml",
    "limit_method_ids": "data/credit_limit_method_data.xml",
}


def migrate(cr, version):
    """Bring a database of an earlier version up; running it again changes nothing."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    # a policy that was made since then is the first version of itself
    policies = env["credit.policy"].with_context(active_test=False).search([("first_id", "=", False)])
    _complete(env, policies)
    _keep_choices(env, policies)
    _publish(policies)
    _move_joint_limits(env)


def _complete(env, policies):
    """Customers are watched, and limits recommended, as by the policy that comes with the addon."""
    standard = env.ref("credit_management.policy_standard", raise_if_not_found=False)
    if not standard or standard not in policies:
        return
    for name, file in NEW_PARTS.items():
        if not standard[name]:
            convert_file(env, "credit_management", file, {}, mode="init", noupdate=True)
            standard.invalidate_recordset([name])
        for policy in policies - standard:
            if not policy[name]:
                standard[name].copy({"policy_id": policy.id})


def _keep_choices(env, policies):
    """A customer who had another policy than his company's was given it by hand."""
    env.flush_all()
    env.cr.execute(
        SQL(
            """UPDATE credit_profile profile SET policy_pinned = TRUE
                 FROM res_company company
                WHERE company.id = profile.company_id AND company.credit_policy_id <> profile.policy_id
                  AND profile.policy_id = ANY(%s)""",
            policies.ids,
        )
    )
    env["credit.profile"].invalidate_model(["policy_pinned"])


def _publish(policies):
    """From the day on which they were made. Who would have published them is not known, and is not said."""
    for policy in policies:
        since = policy.create_date.date()
        life = {
            "first_id": policy.id,
            "state": "published",
            "date_from": since,
            "publication_note": policy.env._("In use since before policies had versions."),
        }
        if not policy.active:
            life.update(state="retired", date_to=max(since, policy.write_date.date()))
        policy._record(life)
    policies.flush_recordset()


def _move_joint_limits(env):
    """Groups once had one joint limit, for good, on themselves."""
    if not column_exists(env.cr, "credit_group", "limited"):
        return
    env.cr.execute(
        """SELECT id, amount, create_date FROM credit_group WHERE limited
              AND NOT EXISTS (SELECT FROM credit_limit WHERE group_id = credit_group.id) ORDER BY id"""
    )
    env["credit.limit"].create(
        [
            {"group_id": group_id, "amount": amount or 0.0, "date_start": since.date(), "state": "granted"}
            for group_id, amount, since in env.cr.fetchall()
        ]
    )
