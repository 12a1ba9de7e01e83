# Part of credit_management. License LGPL-3.0 or later.
# pylint: disable=consider-merging-classes-inherited; who has read a policy is a concept of its own
from odoo import api, fields, models
from odoo.exceptions import UserError

TODO = "mail.mail_activity_data_todo"


class CreditAcknowledgement(models.Model):
    """Somebody has read a version of a policy. Written by the server only, when that person says so."""

    _name = "credit.acknowledgement"
    _description = "Acknowledgement of a Credit Policy"
    _order = "id desc"
    _rec_name = "user_id"

    policy_id = fields.Many2one(
        "credit.policy", required=True, index=True, readonly=True, ondelete="cascade",
        help="The version that was read.",
    )  # fmt: skip
    version = fields.Integer(related="policy_id.version", store=True)
    user_id = fields.Many2one(
        "res.users", "Read by", required=True, readonly=True, ondelete="restrict",
        help="Who says that he has read it; nobody says it for others.",
    )  # fmt: skip
    create_date = fields.Datetime("Read on", readonly=True)

    _once = models.Constraint("UNIQUE(policy_id, user_id)", "You have said so already.")


class CreditPolicy(models.Model):
    """The policy in the firm's own words, and who has read it: everybody who sees credit at all should."""

    _inherit = "credit.policy"

    document = fields.Binary(attachment=True, help="The policy as it was written and signed, for instance as a PDF.")
    document_name = fields.Char("Name of the document")
    document_text = fields.Html("Text", translate=True, help="The policy in the words of the firm.")
    must_acknowledge = fields.Boolean(
        "To be read by everybody", tracking=True,
        help="Salespeople, accountants and the people of the credit department confirm that they have read it, each"
        " version anew.",
    )  # fmt: skip
    acknowledgement_ids = fields.One2many("credit.acknowledgement", "policy_id", "Acknowledgements", readonly=True)
    missing_user_ids = fields.Many2many(
        "res.users", compute="_compute_missing", string="Not read by",
        help="Who is to read it and has not said so yet.",
    )  # fmt: skip
    missing_count = fields.Integer(
        "Number of those who have not read it", compute="_compute_missing",
        help="How many of those who are to read it have not said so yet.",
    )  # fmt: skip
    may_acknowledge = fields.Boolean(compute="_compute_may_acknowledge", help="You have not said yet that you read it.")

    def _readers(self):
        """Who should read these policies: ``{policy: res.users}``. Everybody who sees credit, in its company."""
        # sudo: colleagues count, whoever looks
        people = self.env.ref("credit_management.group_viewer").sudo().all_user_ids.filtered(
            lambda user: user.active and not user.share and user != self.env.ref("base.user_root")
        )  # fmt: skip
        found = {}
        for policy in self:
            company = policy.sudo().company_id
            readers = people if policy.must_acknowledge and policy.in_force else people.browse()
            found[policy] = readers.filtered(
                lambda user, company=company: not company or company in user.company_ids.root_id
            )
        return found

    @api.depends("acknowledgement_ids", "must_acknowledge", "state")
    def _compute_missing(self):
        readers = self._readers()
        for policy in self:
            policy.missing_user_ids = readers[policy] - policy.sudo().acknowledgement_ids.user_id
            policy.missing_count = len(policy.missing_user_ids)

    @api.depends("acknowledgement_ids", "must_acknowledge", "state")
    @api.depends_context("uid")
    def _compute_may_acknowledge(self):
        readers = self._readers()
        for policy in self:
            read = policy.sudo().acknowledgement_ids.user_id
            policy.may_acknowledge = self.env.user in readers[policy] and self.env.user not in read

    @api.model
    def _is_verdict(self, name):
        return name != "acknowledgement_ids" and super()._is_verdict(name)

    def action_acknowledge(self):
        """I have read it: in my own name, today.

        :raises UserError: it isn't in force, or is not to be read by the user, or was already
        """
        self.check_access("read")
        for policy in self:
            if not policy.may_acknowledge:
                raise UserError(
                    self.env._(
                        "There is nothing for you to confirm about “%s”, or you have done so.", policy.display_name
                    )
                )
            # sudo: nobody writes acknowledgements but by this
            self.env["credit.acknowledgement"].sudo().create({"policy_id": policy.id, "user_id": self.env.uid})
            policy.sudo()._reminders().filtered(lambda activity: activity.user_id == self.env.user).action_done()
        return True

    def _reminders(self):
        return self.activity_ids.filtered(lambda activity: activity.activity_type_id == self.env.ref(TODO))

    def action_remind(self):
        """An activity for everybody who has not read it and has none yet."""
        self._check_manager()
        for policy in self.sudo():
            for user in policy.missing_user_ids - policy._reminders().user_id:
                reader = policy.with_context(lang=user.lang)
                reader.activity_schedule(
                    TODO,
                    summary=reader.env._("Read the credit policy"),
                    note=reader.env._("Open it, read it, and confirm with “I have read it”."),
                    user_id=user.id,
                    date_deadline=fields.Date.add(fields.Date.today(), days=7),
                )
        return True

    def _take_place_of(self, before):
        # nobody needs to read any more what has been replaced
        before.sudo()._reminders().unlink()
        return super()._take_place_of(before)

    def action_view_missing(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Have not read %s", self.display_name),
            "res_model": "res.users",
            "views": [(self.env.ref("credit_management.credit_reader_view_list").id, "list")],
            "domain": [("id", "in", self.missing_user_ids.ids)],
            "context": {"create": False},
        }
