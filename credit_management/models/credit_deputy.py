# Part of credit_management. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class CreditDeputy(models.Model):
    """Who stands in for whom, and on which days: he may approve limits and release held orders in that person's right.

    A person names his own deputies; administrators name anybody's. A deputy's deputy is nobody's.
    """

    _name = "credit.deputy"
    _description = "Credit Deputy"
    _order = "date_start desc, id desc"
    _rec_name = "deputy_id"

    user_id = fields.Many2one(
        "res.users", "Absent", required=True, index=True, ondelete="cascade", domain=[("share", "=", False)],
        default=lambda self: self.env.user, help="Whose approvals and releases the deputy gives.",
    )  # fmt: skip
    deputy_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="cascade", domain=[("share", "=", False)],
        help="Decides in that person's right, but never what either of the two has asked for.",
    )  # fmt: skip
    date_start = fields.Date("From", required=True, default=fields.Date.today, help="The first day.")
    date_end = fields.Date("Until", required=True, help="The last day.")
    note = fields.Char(help="Why, for whoever wonders.")

    _somebody_else = models.Constraint("CHECK(user_id <> deputy_id)", "Nobody can be his own deputy.")
    _dates_ordered = models.Constraint("CHECK(date_end >= date_start)", "It cannot end before it begins.")

    @api.model_create_multi
    def create(self, vals_list):
        deputies = super().create(vals_list)
        deputies._check_own()
        return deputies

    def write(self, vals):
        self._check_own()
        result = super().write(vals)
        self._check_own()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_own(self):
        self._check_own()

    def _check_own(self):
        """A person gives his own right to somebody, and nobody takes it."""
        if self.env.su or self.env.user.has_group("credit_management.group_admin"):
            return
        if self.user_id - self.env.user:
            raise AccessError(
                self.env._("You can name your own deputies only. A credit administrator can name those of others.")
            )

    @api.model
    def _today(self, name, users):
        today = fields.Date.today()
        # sudo: who stands in for whom is no secret of the two
        return self.sudo().search(
            Domain(name, "in", users.ids) & Domain("date_start", "<=", today) & Domain("date_end", ">=", today),
            order="id",
        )

    @api.model
    def _principals(self, user):
        """In whose right ``user`` may act today: his own first, then those of the people he stands in for."""
        return user.sudo() | self._today("deputy_id", user).user_id.filtered("active")

    @api.model
    def _deputies(self, users):
        """Who stands in for one of ``users`` today."""
        return self._today("user_id", users).deputy_id
