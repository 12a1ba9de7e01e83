# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; the first steps are a concept of their own
"""What an administrator does first, from an empty system to orders that are held.

Nobody ticks anything off: whether a step is done is told by the data, of one company. The checklist is on the dashboard
until it is complete or closed, and always in the menu.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..tools.words import enumerated

ADMIN = "credit_management.group_admin"
STOPPING = ("hold", "refuse")


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_onboarding_closed = fields.Boolean(
        "First steps closed",
        prefetch="credit",
        help="The checklist of the first steps is no longer on the dashboard. It stays in the menu.",
    )


class CreditOnboarding(models.AbstractModel):
    _name = "credit.onboarding"
    _description = "First Steps of Credit Management"

    @api.model
    @api.readonly
    def read_steps(self, company_id=None):
        """The checklist, for credit administrators.

        :param company_id: one of the session's root companies; the current one if none is given
        :return: JSON values: ``steps``, each with key, label, help, ``done``, a ``note`` on how things stand, and the
            ``action`` that leads on with its ``button`` (false where the user may not go there); ``closed``
        :raises AccessError: the user is no credit administrator, or it is none of the session's companies
        """
        company = self._company(company_id)
        steps = [
            {"key": key, **step(company)}
            for key, step in (
                ("policy", self._step_policy),
                ("limits", self._step_limits),
                ("control", self._step_control),
                ("people", self._step_people),
                ("simulation", self._step_simulation),
                ("live", self._step_live),
            )
        ]
        return {"company_id": company.id, "closed": company.credit_onboarding_closed, "steps": steps}

    @api.model
    def set_closed(self, closed, company_id=None):
        """Take the checklist off the dashboard of the company, or bring it back.

        :raises AccessError: as :meth:`read_steps`
        """
        self._company(company_id).credit_onboarding_closed = bool(closed)

    @api.model
    def _company(self, company_id):
        if not self.env.user.has_group(ADMIN):
            raise AccessError(self.env._("The first steps are for credit administrators."))
        companies = self.env.companies.root_id
        company = companies.browse(company_id) if company_id else self.env.company.root_id
        if company not in companies:
            raise AccessError(self.env._("Choose one of the companies that you are working in."))
        # sudo: administrators of credit need not be those of companies; only what concerns credit is read or written
        return company.sudo()

    @api.model
    def _action(self, name):
        """The client loads it, with its views, by its external id."""
        return f"credit_management.{name}"

    # -- the steps -----------------------------------------------------------------------------------

    @api.model
    def _step_policy(self, company):
        policy = company.credit_policy_id
        if policy.in_force:
            note = self.env._(
                "%(policy)s is in force, with %(count)s rules.",
                policy=policy.display_name,
                count=len(policy.rule_ids.filtered("active")),
            )
        else:
            note = self.env._("This company has no policy in force: publish one, and choose it in the settings.")
        return {
            "label": self.env._("Choose a policy"),
            "help": self.env._(
                "It says what is checked, and what happens then. Begin with the one that is there; change it in a new"
                " version whenever you like."
            ),
            "done": policy.in_force,
            "note": note,
            "button": self.env._("Policies"),
            "action": self._action("action_credit_policy"),
        }

    @api.model
    def _step_limits(self, company):
        granted = self._granted(company)
        waiting = 0 if granted else len(self.env["credit.enrol"].new({"company_id": company.id})._odoo_limits(None))
        if granted:
            note = self.env._("Customers with a limit: %s.", granted)
        elif waiting:
            note = self.env._("Customers with a limit in Odoo, ready to be adopted: %s.", waiting)
        else:
            note = self.env._("No customer has a limit yet.")
        return {
            "label": self.env._("Enter or import limits"),
            "help": self.env._(
                "Import them as the credit limit of your customers, and adopt them in the next step; or ask for them"
                " one by one once the customers are under control."
            ),
            "done": bool(granted or waiting),
            "note": note,
            "button": self.env._("Customers"),
            "action": "account.res_partner_action_customer",
        }

    @api.model
    def _granted(self, company):
        return self.env["credit.profile"].search_count(
            [("company_id", "=", company.id), ("limit_status", "in", ("valid", "unlimited"))]
        )

    @api.model
    def _step_control(self, company):
        count = self.env["credit.profile"].search_count([("company_id", "=", company.id)])
        return {
            "label": self.env._("Bring customers under control"),
            "help": self.env._(
                "From then on their new orders are checked. What is open stands as it is, and counts."
            ),
            "done": bool(count),
            "note": self.env._(
                "Under control: %(count)s. Others that bought within a year: %(others)s.",
                count=count,
                others=self._count_others(company),
            ),
            "button": self.env._("Bring under control"),
            "action": self._action("action_credit_enrol"),
        }

    @api.model
    def _count_others(self, company):
        """How many bought within a year and are not under control."""
        self.env["sale.order"].flush_model(["state", "date_order", "partner_invoice_id", "company_id"])
        self.env["credit.profile"].flush_model(["partner_id", "company_id"])
        [(count,)] = self.env.execute_query(
            SQL(
                """SELECT count(DISTINCT contact.commercial_partner_id)
                     FROM sale_order so JOIN res_partner contact ON contact.id = so.partner_invoice_id
                    WHERE so.state = 'sale' AND so.date_order >= %(since)s AND %(root)s = %(company)s
                      AND NOT EXISTS (SELECT FROM credit_profile profile
                                       WHERE profile.partner_id = contact.commercial_partner_id
                                         AND profile.company_id = %(company)s)""",
                since=fields.Datetime.subtract(fields.Datetime.now(), years=1),
                root=self.env["res.company"]._credit_root_sql(SQL("so.company_id")),
                company=company.id,
            )
        )
        return count

    @api.model
    def _step_people(self, company):
        analysts = self._people("credit_management.group_analyst", company)
        managers = self._people("credit_management.group_manager", company)
        alone = company.credit_policy_id.allow_self_release
        return {
            "label": self.env._("Say who decides"),
            "help": self.env._(
                "Salespeople and accountants see credit by themselves. Name analysts and managers; who asks does not"
                " approve, so it takes two who may decide, unless the policy says that yours is a one-person firm."
            ),
            "done": len(managers) >= 2 or (alone and bool(managers)),
            "note": self.env._(
                "Who may decide: %(managers)s. Analysts beside them: %(analysts)s.",
                managers=enumerated(self.env, managers.mapped("name")) or "–",
                analysts=enumerated(self.env, (analysts - managers).mapped("name")) or "–",
            ),
            "button": self.env._("Users"),
            "action": "base.action_res_users" if self.env.user.has_group("base.group_erp_manager") else False,
        }

    @api.model
    def _people(self, group, company):
        # sudo: names of colleagues
        users = self.env.ref(group).sudo().all_user_ids
        return users.filtered(lambda user: user.active and not user.share and company in user.company_ids)

    @api.model
    def _step_simulation(self, company):
        count = self.env["credit.simulation"].search_count([("company_id", "=", company.id), ("state", "=", "done")])
        return {
            "label": self.env._("Try it out"),
            "help": self.env._(
                "Simulate the policy on your customers and past orders: what would have been held, and how did those"
                " pay?"
            ),
            "done": bool(count),
            "note": self.env._("Simulations that are done: %s.", count),
            "button": self.env._("Simulations"),
            "action": self._action("action_credit_simulation"),
        }

    @api.model
    def _step_live(self, company):
        policies = self.env["credit.profile"]._read_group([("company_id", "=", company.id)], ["policy_id"])
        stopping = self.env["credit.policy.rule"].search_count(
            [("policy_id", "in", [policy.id for (policy,) in policies]), ("on_order", "in", STOPPING)]
        )
        checked = self.env["credit.decision"].search_count(
            [("company_id", "=", company.id), ("state", "!=", "taken_over")]
        )
        if not policies:
            note = self.env._("Nobody is under control yet: every order passes.")
        elif stopping:
            note = self.env._("Orders are held. Checks so far: %s.", checked)
        else:
            note = self.env._("The rules only warn so far: publish a version of the policy with rules that hold.")
        return {
            "label": self.env._("Go live"),
            "help": self.env._(
                "With rules that warn you see what would happen; with rules that hold, orders wait in the hold queue."
            ),
            "done": bool(stopping),
            "note": note,
            "button": self.env._("Hold queue") if stopping else self.env._("Policies"),
            "action": self._action("action_credit_holds" if stopping else "action_credit_policy"),
        }
