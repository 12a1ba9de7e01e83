# Part of credit_management. License LGPL-3.0 or later.
from odoo import fields, models


class CreditApproval(models.Model):
    """One person's approval of a limit that was asked for, in his own right or in that of somebody he stands in for.

    Written by the server only; neither the person nor the right counts twice.
    """

    _name = "credit.approval"
    _description = "Approval of a Credit Limit"
    _order = "id"
    _rec_name = "user_id"

    limit_id = fields.Many2one("credit.limit", required=True, index=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one(
        "res.users", "Approved by", required=True, readonly=True, ondelete="restrict",
        help="Who agreed to the limit, for his tier.",
    )  # fmt: skip
    principal_id = fields.Many2one(
        "res.users", "In the right of", required=True, readonly=True, ondelete="restrict",
        help="Whose right it is: the person's own, or that of somebody absent for whom he stands in.",
    )  # fmt: skip
    create_date = fields.Datetime("Approved on")

    _person_once = models.Constraint("UNIQUE(limit_id, user_id)", "You have approved this limit already.")
    _right_once = models.Constraint(
        "UNIQUE(limit_id, principal_id)", "This limit was approved in that person's right already."
    )
