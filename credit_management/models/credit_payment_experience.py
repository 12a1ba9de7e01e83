# Part of credit_management. License LGPL-3.0 or later.
import logging
from collections import defaultdict

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools.date_utils import subtract

from ..engine.calibration import calibrated, outcome
from ..engine.forecast import (
    COUNTRY_PRIOR,
    FIRM_PRIOR,
    HIGH,
    LOW,
    NOTHING_KNOWN,
    Band,
    Lateness,
    lateness,
    observations,
    pooled,
)
from ..engine.payment import behaviour
from ..engine.walk_forward import walk_forward
from ..tools.known import KnownFloat
from .credit_payment import MONTHS

_logger = logging.getLogger(__name__)

# so many customers of a company, spread over all of them, tell how its customers pay
SAMPLE = 2000
BATCH = 500
# so many of them, with so many invoices each of the last months, tell how wide a band has to be; what was known of all
# others then is reckoned anew after so many days
TRIED, TRIED_INVOICES, TRIED_MONTHS, TRIED_STEP = 300, 10, 12, 30


class CreditPaymentExperience(models.Model):
    """How the customers of a company, or of a country in it, pay on the whole: what the forecast leans on where a
    customer's own history is thin. Learned anew every night; a row without a country is for all customers.
    """

    _name = "credit.payment.experience"
    _description = "How Customers Pay on the Whole"
    _order = "company_id, country_id, id"

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, ondelete="cascade")
    country_id = fields.Many2one("res.country", readonly=True, help="Empty: all customers.")
    as_of = fields.Date(required=True, readonly=True)
    customers = fields.Integer(readonly=True, help="How many of them tell something of it.")
    days_late = fields.Json(readonly=True, help="Days late, and the share that has paid by then.")
    terms = KnownFloat("Terms", readonly=True, help="Days from invoice to due date, the mean by amount.")
    order_lag = KnownFloat("From order to invoice", readonly=True, help="Days, the mean by invoice.")

    band_low = fields.Float(
        "Low end of the band", digits=(16, 3), readonly=True, default=LOW,
        help="The probability at which the band of a forecast begins, so that one in ten payments is earlier than it"
        " says: learned from what became of earlier predictions.",
    )  # fmt: skip
    band_high = fields.Float(
        "High end of the band", digits=(16, 3), readonly=True, default=HIGH,
        help="The probability at which it ends, so that one in ten is later.",
    )  # fmt: skip

    _one_each = models.UniqueIndex("(company_id, COALESCE(country_id, 0))", "This is known already.")

    @api.model
    def _of(self, profiles, today):
        """What to lean on for these customers: ``{profile id: credit.payment.experience}``, that of their country or,
        where nobody there tells anything, of their company. Learned now where it has never been."""
        found = self._by_company(profiles.company_id)
        unknown = profiles.company_id - found.company_id
        if unknown:
            self._learn(unknown, today)
            found = self._by_company(profiles.company_id)
        by_place = {(each.company_id.id, each.country_id.id): each for each in found}
        return {
            profile.id: by_place.get((profile.company_id.id, profile.country_id.id))
            or by_place[profile.company_id.id, False]
            for profile in profiles
        }

    @api.model
    def _by_company(self, companies):
        return self.search([("company_id", "in", companies.ids)])

    def _lateness(self):
        """The days late as :class:`engine.forecast.Lateness`."""
        self.ensure_one()
        return Lateness(tuple(self.days_late["days"]), tuple(self.days_late["paid"]))

    def _band(self):
        """Between which probabilities the band of a forecast has to lie, as :class:`engine.forecast.Band`."""
        self.ensure_one()
        return Band(self.band_low, self.band_high)

    @api.model
    def _learn_of_day(self, day):
        """Learn of all companies that have customers under control, where that was not done on ``day``."""
        known = self.search([("as_of", "=", day)]).company_id
        self._learn(self.env["credit.profile"].search([("company_id", "not in", known.ids)]).company_id, day)

    @api.model
    def _learn(self, companies, today):
        """Learn how the customers of ``companies`` pay, from a sample that is the same whenever it is taken."""
        self.search([("company_id", "in", companies.ids)]).unlink()
        for company in companies:
            self._learn_company(company, today)

    @api.model
    def _learn_company(self, company, today):
        profiles = self.env["credit.profile"].search([("company_id", "=", company.id)], order="id")
        sample = profiles[:: len(profiles) // SAMPLE + 1]
        tried = set(sample[:: len(sample) // TRIED + 1].ids)
        seen, terms, lags, histories = defaultdict(list), [], [], {}
        for start in range(0, len(sample), BATCH):
            batch = sample[start : start + BATCH]
            portions, between = self._read_histories(batch, today)
            lags += between.values()
            for profile in batch.filtered(lambda profile, portions=portions: profile.id in portions):
                if profile.id in tried:
                    histories[profile.id] = portions[profile.id]
                if known := observations(portions[profile.id], today):
                    seen[profile.country_id.id].append(known)
                    how = behaviour(portions[profile.id], today, MONTHS)
                    if how.terms is not None:
                        terms.append((how.terms, how.amount))
        everybody = [customer for customers in seen.values() for customer in customers]
        band = self._learn_band(histories, today)
        common = {
            "company_id": company.id,
            "as_of": today,
            "band_low": band.low,
            "band_high": band.high,
            "terms": _mean(terms),
            "order_lag": _mean(lags),
        }
        firm = lateness(pooled(everybody), NOTHING_KNOWN, FIRM_PRIOR).coarse()
        rows = [{"country_id": False, "customers": len(everybody), "days_late": _to_json(firm)}]
        for country_id, customers in seen.items():
            if country_id:
                national = lateness(pooled(customers), firm, COUNTRY_PRIOR).coarse()
                rows.append(
                    {"country_id": country_id, "customers": len(customers), "days_late": _to_json(national)}
                )
        self.create([common | row for row in rows])

    @api.model
    def _learn_band(self, histories, today):
        """How wide a band has to be, by what became of predictions as they would have been made."""
        countries = {profile.id: profile.country_id.id for profile in self.env["credit.profile"].browse(histories)}
        predictions = walk_forward(
            histories, countries, since=subtract(today, months=TRIED_MONTHS), most=TRIED_INVOICES, step=TRIED_STEP
        )
        return calibrated(outcome(each, today) for each in predictions)

    @api.model
    def _read_histories(self, profiles, today):
        """What ``profiles`` paid, and their days from order to invoice, by profile id. Of a customer whose data can't
        be read there is nothing: the monitor says so of him, and the others are learned of all the same."""
        try:
            with self.env.cr.savepoint():
                portions = profiles._payment_portions(today, subtract(today, months=MONTHS))
                return portions, profiles._order_lags(today)
        except psycopg2.errors.SerializationFailure:
            # nobody's fault: the whole transaction is run again
            raise
        except Exception:
            if len(profiles) == 1:
                _logger.warning("the history of profile %s can't be read", profiles.id, exc_info=True)
                return {}, {}
        half = len(profiles) // 2
        portions, lags = self._read_histories(profiles[:half], today)
        more_portions, more_lags = self._read_histories(profiles[half:], today)
        return portions | more_portions, lags | more_lags


def _mean(pairs):
    """The mean of (value, weight) pairs; ``None`` without any."""
    weight = sum(weight for _value, weight in pairs)
    return sum(value * weight for value, weight in pairs) / weight if weight else None


def _to_json(pays):
    return {"days": pays.days, "paid": [round(share, 6) for share in pays.paid]}
