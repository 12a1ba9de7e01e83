# Part of credit_management. License LGPL-3.0 or later.
"""What is measured. Each measure is a function of a :class:`Bench` and yields :class:`Figure` values."""

import base64
import contextlib
import csv
import datetime
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from kit import databases

from odoo import SUPERUSER_ID, api

from . import book, timing

# Frozen: what the positions of all customers are compared with. The plain aggregates anybody would write.
PLAIN_AGGREGATES = (
    """SELECT partner.commercial_partner_id, SUM(line.amount_residual)
         FROM account_move_line line
         JOIN account_account account ON account.id = line.account_id
         JOIN res_partner partner ON partner.id = line.partner_id
        WHERE line.parent_state = 'posted' AND account.account_type = 'asset_receivable'
        GROUP BY partner.commercial_partner_id""",
    """SELECT move.commercial_partner_id, SUM(move.amount_total_signed)
         FROM account_move move
        WHERE move.state = 'draft' AND move.move_type IN ('out_invoice', 'out_refund')
        GROUP BY move.commercial_partner_id""",
    """SELECT partner.commercial_partner_id,
              SUM(line.price_total / NULLIF(line.product_uom_qty, 0) * (line.product_uom_qty - line.qty_invoiced))
         FROM sale_order_line line
         JOIN sale_order so ON so.id = line.order_id
         JOIN res_partner partner ON partner.id = so.partner_invoice_id
        WHERE so.state = 'sale'
        GROUP BY partner.commercial_partner_id""",
)


# Frozen: what reading everybody's payment behaviour is compared with. Reconciliations and open items of all customer
# invoices, with the dates it takes; no credit notes, write-offs, discounts, currencies, branches or days of the past.
PLAIN_PORTIONS = """
    SELECT partner.commercial_partner_id, COALESCE(partial.amount, item.amount_residual)::float8,
           move.amount_total_signed::float8, move.invoice_date - DATE '0001-01-01' + 1,
           item.date_maturity - DATE '0001-01-01' + 1, other.date - DATE '0001-01-01' + 1, FALSE
      FROM account_move_line item
      JOIN account_account account ON account.id = item.account_id
      JOIN account_move move ON move.id = item.move_id
      JOIN res_partner partner ON partner.id = item.partner_id
      LEFT JOIN account_partial_reconcile partial ON partial.debit_move_id = item.id
      LEFT JOIN account_move_line other ON other.id = partial.credit_move_id
     WHERE item.parent_state = 'posted' AND account.account_type = 'asset_receivable'
       AND move.move_type = 'out_invoice'"""


# Frozen: what a night of the monitor is compared with. What it has to read and write, each once and for everybody: the
# aggregates and portions above, sales and balances of a year, the latest orders beside those before, the snapshots of
# a year, and the figures and their snapshot written.
PLAIN_NIGHT = (
    *PLAIN_AGGREGATES,
    PLAIN_PORTIONS,
    """SELECT partner.commercial_partner_id, SUM(line.balance),
              SUM(line.balance) FILTER (WHERE line.display_type = 'payment_term' AND line.date > CURRENT_DATE - 365)
         FROM account_move_line line
         JOIN account_account account ON account.id = line.account_id
         JOIN res_partner partner ON partner.id = line.partner_id
        WHERE line.parent_state = 'posted' AND account.account_type = 'asset_receivable'
        GROUP BY partner.commercial_partner_id""",
    """SELECT partner.commercial_partner_id, MAX(so.date_order), AVG(so.amount_total)
         FROM sale_order so
         JOIN res_partner partner ON partner.id = so.partner_invoice_id
        WHERE so.state = 'sale'
        GROUP BY partner.commercial_partner_id""",
    """SELECT profile_id, AVG(dso), STDDEV_SAMP(dso), COUNT(dso) FROM credit_snapshot
        WHERE day > CURRENT_DATE - 365 GROUP BY profile_id""",
    """UPDATE credit_profile
          SET exposure = exposure + 0, overdue = overdue + 0, dso = dso + 0, payment_index = payment_index + 0,
              refreshed_at = now() AT TIME ZONE 'UTC'""",
    """INSERT INTO credit_snapshot
              (profile_id, day, company_id, currency_id, exposure, overdue, limit_amount, status, dso)
       SELECT id, CURRENT_DATE + 1000, company_id, currency_id, exposure, overdue, limit_amount, status, dso
         FROM credit_profile""",
)


# of the monitor, on each of two books
NIGHTS = 3


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``value`` must be at most ``bound``, or at least that where it is a ``floor``."""

    name: str
    value: float
    bound: float
    unit: str = "×"
    note: str = ""
    floor: bool = False

    @property
    def reached(self):
        return self.value >= self.bound if self.floor else self.value <= self.bound


class Bench:
    """Two databases with the same book: one without the addon, one with it and all customers under control.

    ``half`` makes a third one, as the second but with a book of half the size.
    """

    def __init__(self, stock, credit, repeats, half):
        self.stock, self.credit, self.repeats, self.half = stock, credit, repeats, half

    @contextlib.contextmanager
    def env(self, registry):
        with registry.cursor() as cursor:
            yield api.Environment(cursor, SUPERUSER_ID, {})
            cursor.rollback()

    def quotation(self, registry, partner):
        """A committed quotation of one line over 100; returns its id."""
        with registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            product = env["product.product"].search([("name", "=", "Bench")], limit=1)
            line = {"product_id": product.id, "product_uom_qty": 1, "price_unit": 100.0, "tax_ids": False}
            return env["sale.order"].create({"partner_id": partner, "order_line": [(0, 0, line)]}).id

    def confirmation(self, registry, order):
        """Confirm an order in a transaction of its own, up to what a commit does, and roll it back."""
        with self.env(registry) as env:
            env["sale.order"].browse(order).action_confirm()
            env.cr.flush()

    def queries(self, registry, order):
        with self.env(registry) as env:
            before = env.cr.sql_log_count
            env["sale.order"].browse(order).action_confirm()
            env.cr.flush()
            return env.cr.sql_log_count - before


def positions(bench):
    """Positions of all customers through the addon's own interface ÷ the plain aggregates."""
    with bench.env(bench.credit) as env:

        def plain():
            for query in PLAIN_AGGREGATES:
                env.cr.execute(query)
                env.cr.fetchall()

        times = timing.interleaved(
            max(5, bench.repeats // 20), plain=plain, ours=env["credit.profile"]._positions
        )
        value, low, high = timing.ratio(times["ours"], times["plain"])
        note = f"{low:.2f}–{high:.2f}; {statistics.median(times['ours']):.2f} s"
        yield Figure("positions of all customers ÷ plain aggregates", value, 0.6, note=note)


def confirming(bench):
    """Confirming with the check ÷ without the addon; an order that is held ÷ without the addon."""
    with bench.env(bench.credit) as env:
        plain = book.special(env).plain
        crowd = book.crowd(env)[:1].id
    stock, checked = bench.quotation(bench.stock, plain), bench.quotation(bench.credit, plain)
    held = bench.quotation(bench.credit, crowd)
    with bench.credit.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        env["credit.profile"].search([("partner_id", "=", crowd)]).write({"hold": True, "hold_reason": "bench"})
    times = timing.interleaved(
        bench.repeats,
        stock=lambda: bench.confirmation(bench.stock, stock),
        checked=lambda: bench.confirmation(bench.credit, checked),
        held=lambda: bench.confirmation(bench.credit, held),
    )
    value, low, high = timing.ratio(times["checked"], times["stock"])
    median = statistics.median(times["stock"]) * 1000
    yield Figure("confirming an order", value, 1.15, note=f"{low:.2f}–{high:.2f}; {median:.1f} ms without the addon")
    extra = bench.queries(bench.credit, checked) - bench.queries(bench.stock, stock)
    yield Figure("extra queries", extra, 6, "")
    value, low, high = timing.ratio(times["held"], times["stock"])
    yield Figure("an order that is held", value, 1.5, note=f"{low:.2f}–{high:.2f}")


def heavy_customers(bench):
    """Confirming for customers with a long book ÷ for a plain one."""
    with bench.env(bench.credit) as env:
        special = book.special(env)
    orders = {name: bench.quotation(bench.credit, partner) for name, partner in vars(special).items()}
    times = timing.interleaved(
        bench.repeats // 2,
        **{name: (lambda order=order: bench.confirmation(bench.credit, order)) for name, order in orders.items()},
    )
    for name, label, bound in (
        ("open_invoices", "confirming: 10,000 open invoices", 2.0),
        ("open_orders", "confirming: 10,000 open orders", 1.3),
        ("closed", "confirming: 10,000 closed ones", 1.3),
    ):
        value, low, high = timing.ratio(times[name], times["plain"])
        yield Figure(label, value, bound, note=f"{low:.2f}–{high:.2f}")


def customer_list(bench):
    """Queries and time that the credit columns cost in the list and filter of customers."""
    credit = ["credit_status", "credit_granted", "credit_exposure", "credit_room", "credit_usage", "credit_overdue"]
    base = ["complete_name", "email", "phone", "country_id"]
    with bench.env(bench.credit) as env:
        partners = env["res.partner"].search([("ref", "=", "bench")], limit=80)

        def read(names):
            env.invalidate_all()
            before = env.cr.sql_log_count
            partners.web_read({name: {} for name in names})
            return env.cr.sql_log_count - before

        read(base + credit)
        yield Figure("list of 80 customers: extra queries", read(base + credit) - read(base), 2, "")
        search = env["res.partner"].search
        domain = [("credit_status", "=", "over")]
        times = timing.interleaved(
            20, filter=lambda: search(domain, limit=80), count=lambda: env["res.partner"].search_count(domain)
        )
        yield Figure("filter “over limit”", 1000 * statistics.median(times["filter"]), 20, "ms")
        yield Figure("counting “over limit”", 1000 * statistics.median(times["count"]), 20, "ms")


def eight_users(bench):
    """Eight users confirming orders of one customer at once, over HTTP: waiting time, errors, and the limit."""
    rounds, users = 5, 8
    with bench.env(bench.credit) as env:
        plain = book.special(env).plain
    orders = [[bench.quotation(bench.credit, plain) for _user in range(users)] for _round in range(rounds)]
    with bench.credit.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        profile = env["credit.profile"].search([("partner_id", "=", plain)])
        room = profile._positions()[profile.id].exposure + 100.0 * rounds * users * 0.75
        profile.limit_ids._give_way()
        env["credit.limit"].create(
            {"profile_id": profile.id, "amount": room, "date_start": "2000-01-01", "state": "granted"}
        )
        env.ref("base.user_admin").password = "admin"
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "odoo", "-d", bench.credit.db_name, "--http-port", str(port), "--db-filter",
         f"^{bench.credit.db_name}$", "--max-cron-threads", "0", "--log-level", "warn"],
        env=os.environ,
    )  # fmt: skip
    try:
        sessions = [_login(port, bench.credit.db_name) for _user in range(users)]
        waited, errors = [], []
        for batch in orders:
            barrier = threading.Barrier(users)
            threads = [
                threading.Thread(target=_confirm, args=(port, session, order, barrier, waited, errors))
                for session, order in zip(sessions, batch, strict=True)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        server.terminate()
        server.wait()
    with bench.env(bench.credit) as env:
        profile = env["credit.profile"].search([("partner_id", "=", plain)])
        position = profile._positions()[profile.id]
    waited.sort()
    note = f"median {statistics.median(waited):.2f} s; {rounds * users} orders"
    yield Figure("8 users at once: 95th percentile", waited[int(len(waited) * 0.95)], 3.0, "s", note)
    yield Figure("8 users at once: errors", len(errors), 0, "", "; ".join(sorted(set(errors)))[:120])
    yield Figure("8 users at once: limit exceeded by", max(0.0, -position.room), 0, "", f"{position.exposure:.0f}")


def payment(bench):
    """Payment behaviour of all customers through the addon's own interface ÷ reading the portions by plain SQL."""
    today = datetime.date.today()  # noqa: DTZ011 - as the book's CURRENT_DATE
    with bench.env(bench.credit) as env:

        def plain():
            env.cr.execute(PLAIN_PORTIONS)
            return env.cr.fetchall()

        read = len(plain())
        found = env["credit.profile"]._behaviours(today)
        used = sum(behaviour.portions for behaviour in found.values())
        times = timing.interleaved(
            max(5, bench.repeats // 40), plain=plain, ours=lambda: env["credit.profile"]._behaviours(today)
        )
        value, low, high = timing.ratio(times["ours"], times["plain"])
        seconds = f"{statistics.median(times['ours']):.2f} s ÷ {statistics.median(times['plain']):.2f} s"
        yield Figure(
            "payment behaviour of all ÷ plain SQL", value, 2.0,
            note=f"{low:.2f}–{high:.2f}; {seconds}; {used} portions used of {read}",
        )  # fmt: skip


def ranking(bench):
    """How well payment behaviour ranks which invoices will be late: AUC on a public receivables history, imported as
    payment history, as known on each invoice's date, for customers with three settled ones or more."""
    # only now is the addons path known
    from odoo.addons.credit_management.engine.discrimination import auc
    from odoo.addons.credit_management.engine.payment import behaviour

    path = _history_path("ranking")
    if not path:
        return
    with bench.env(bench.credit) as env:
        customers = _import_history(env, path)
        scores = {"median days late": [], "payment index": [], "share late": []}
        outcomes = []
        for portions in customers._payment_portions(datetime.date.max).values():
            for number, (_amount, _whole, issued, due, settled, _disputed) in enumerate(portions):
                others = portions[:number] + portions[number + 1 :]
                known = behaviour(others, datetime.date.fromordinal(issued))
                if known.settled >= 3:
                    outcomes.append(settled is None or settled > due)
                    scores["median days late"].append(known.median_days_late)
                    scores["payment index"].append(-known.index)
                    scores["share late"].append(-known.on_time)
        for name, values in scores.items():
            # the scorecards use the first; the others are there to compare
            bound = 0.885 if name == "median days late" else 0.0
            note = f"{len(values)} invoices"
            yield Figure(f"AUC of late invoices: {name}", auc(values, outcomes), bound, "", note, floor=True)


def forecast(bench):
    """How many days the predicted payment of an invoice is off, walking forward through a public receivables history:
    on each invoice's date only what was known that day. Against two naive rules: the due date, and the due date
    with the customer's mean lateness. Then, how long forecasting all customers of the book takes."""
    from odoo.addons.credit_management.engine.calibration import banded  # only now is the addons path known

    path = _history_path("forecast")
    if path:
        with bench.env(bench.credit) as env:
            bands = [each for each in banded(_predictions(env, path)) if each[0].settled is not None]
        predicted = [each for each, _band in bands]
        errors = {
            "due": [abs(each.late) for each in predicted],
            "mean": [abs(each.late - each.mean) for each in predicted],
            "ours": [each.error for each in predicted],
        }
        ends = [(each.late, each.pays.quantile(band.low), each.pays.quantile(band.high)) for each, band in bands]
        within = sum(low <= late and (high is None or late <= high) for late, low, high in ends) / len(ends)
        for label, average in (("mean", statistics.mean), ("median", statistics.median)):
            ours, due, mean = (average(errors[name]) for name in ("ours", "due", "mean"))
            note = f"{len(predicted)} invoices; due date {due:.2f}; with mean lateness {mean:.2f}"
            yield Figure(f"forecast: {label} error in days", ours, round(min(due, mean) - 0.005, 2), "d", note)
        note = f"{100 * within:.1f} % of the payments"
        yield Figure("forecast: band of 80 % off by", 100 * abs(within - 0.8), 2.0, "%", note)
    with bench.env(bench.credit) as env:
        profiles = env["credit.profile"].search([])
        today = datetime.date.today()  # noqa: DTZ011 - as the book's CURRENT_DATE
        _forget_peak()
        before, start = _peak(), time.perf_counter()
        env["credit.payment.experience"]._learn(profiles.company_id, today)
        learned = time.perf_counter() - start
        for number in range(0, len(profiles), 500):
            profiles[number : number + 500]._refresh_forecast(today)
            env.flush_all()
            env.invalidate_all()
        seconds, peak = time.perf_counter() - start, _peak()
        note = f"{len(profiles)} customers in {seconds:.1f} s, {learned:.1f} s of it learning how they pay on the whole"
        yield Figure("forecasting 20,000 customers", seconds * 20_000 / len(profiles), 60.0, "s", note)
        yield Figure("forecasting: peak memory", peak, 1024.0, "MB", f"{before:.0f} MB before")


def dashboard(bench):
    """The whole dashboard of a credit manager who looks after all customers: time and queries of the one call."""
    with bench.env(bench.credit) as env:
        customers = env["credit.profile"].search_count([])
        manager = env["res.users"].create(
            {
                "name": "Manager", "login": "bench-manager", "company_id": env.company.id,
                "group_ids": [(6, 0, env.ref("credit_management.group_manager").ids)],
            }
        )  # fmt: skip
        figures = env["credit.dashboard"].with_user(manager).read_figures

        def ours():
            env.invalidate_all()
            return figures()

        ours()
        before = env.cr.sql_log_count
        found = ours()
        queries = env.cr.sql_log_count - before
        assert found["customers"] == customers
        times = timing.interleaved(max(5, bench.repeats // 20), ours=ours)["ours"]
        note = f"{customers} customers; at the most {max(times):.2f} s"
        yield Figure("dashboard", statistics.median(times), 1.0, "s", note)
        yield Figure("dashboard: queries", queries, 40, "")


def _predictions(env, path):
    """The predictions for each invoice of the history, imported as payment history."""
    from odoo.addons.credit_management.engine.walk_forward import walk_forward

    with path.open(encoding="utf-8", newline="") as file:
        countries = {row["customerID"]: row["countryCode"] for row in csv.DictReader(file)}
    profiles = _import_history(env, path)
    return walk_forward(
        profiles._payment_portions(datetime.date.max),
        {profile.id: countries[profile.partner_id.ref] for profile in profiles},
    )


def _history_path(measure):
    """The file of the public receivables history, or nothing."""
    path = Path(os.environ.get("CREDIT_DATA") or "../shared/data") / "receivables.csv"
    if not path.exists():
        print(f"  {measure}: {path} is not here; CREDIT_DATA names its folder")
        return None
    return path


def _import_history(env, path):
    """Import the history through the wizard; returns the credit profiles of its customers."""
    with path.open(encoding="utf-8", newline="") as file:
        references = sorted({row["customerID"] for row in csv.DictReader(file)})
    partners = env["res.partner"].create(
        [{"name": f"Customer {reference}", "ref": reference, "company_type": "company"} for reference in references]
    )
    company = env["credit.profile"].search([], limit=1).company_id
    profiles = env["credit.profile"].create(
        [{"partner_id": partner.id, "company_id": company.id} for partner in partners]
    )
    load = env["credit.payment.load"].create(
        {"company_id": company.id, "file": base64.b64encode(path.read_bytes()), "dates": "mdy"}
    )
    load.action_import()
    return profiles


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _call(port, path, params, cookie=""):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode(),
        {"Content-Type": "application/json", "Cookie": cookie},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer), answer.headers.get("Set-Cookie", "")


def _login(port, database):
    for _attempt in range(100):
        try:
            _answer, cookie = _call(
                port, "/web/session/authenticate", {"db": database, "login": "admin", "password": "admin"}
            )
            return cookie.split(";")[0]
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the server did not start")


def _confirm(port, session, order, barrier, waited, errors):
    barrier.wait()
    start = time.perf_counter()
    try:
        answer, _cookie = _call(
            port,
            "/web/dataset/call_button/sale.order/action_confirm",
            {"model": "sale.order", "method": "action_confirm", "args": [[order]], "kwargs": {}},
            session,
        )
        if "error" in answer:
            errors.append(answer["error"]["data"]["message"])
    except OSError as error:
        errors.append(str(error))
    waited.append(time.perf_counter() - start)


def assess(bench):
    """Assessing all customers, and confirming the results, by the background job's own method: time and memory.

    Every third customer gets two years of statements, so that all kinds of scorecards are at work.
    """
    with bench.env(bench.credit) as env:
        _statements(env)
        customers = env["credit.profile"].search_count([])
        run = env["credit.assessment.run"].create({"scope": "all", "confirm": "all"})
        run.action_start()
        _forget_peak()
        before, start, batches = _peak(), time.perf_counter(), 0
        while run._work(500):
            batches += 1
            # what the commit between two batches does
            env.flush_all()
            env.invalidate_all()
        seconds, peak = time.perf_counter() - start, _peak()
        graded = env["credit.profile"].search_count([("grade_id", "!=", False)])
        assert run.done + run.skipped == run.total == customers, run.failed_ids.mapped("message")[:3]
        note = f"{customers} customers in {seconds:.1f} s; {graded} graded; {batches} batches"
        # ratio to the number of customers, so that smaller books are measured by the same yardstick
        yield Figure("assessing 20,000 customers", seconds * 20_000 / customers, 60.0, "s", note)
        yield Figure("assessing: peak memory", peak, 1024.0, "MB", f"{before:.0f} MB before")


def simulation(bench):
    """Simulating a policy on all customers and all past orders, by the background job's own method: time and memory.

    Their orders are spread over a year; no check has kept their figures, so all of them are reconstructed, which is the
    dearer way.
    """
    with bench.env(bench.credit) as env:
        env.cr.execute(
            """UPDATE sale_order SET date_order = now() AT TIME ZONE 'UTC' - (id * 37 % 360 + 1) * INTERVAL '1 day'"""
        )
        env.invalidate_all()
        policy = env.company.credit_policy_id
        draft = policy.copy()
        draft.rule_ids.filtered(lambda rule: rule.kind == "limit_usage").percent = 50.0
        tried = env["credit.simulation"].create({"policy_id": policy.id, "draft_id": draft.id, "months": 12})
        tried.action_start()
        _forget_peak()
        before, start = _peak(), time.perf_counter()
        while tried._work() is not None:
            # what the commit between two batches does
            env.flush_all()
            env.invalidate_all()
        seconds, peak = time.perf_counter() - start, _peak()
        orders = env["credit.simulation.order"].search_count([("simulation_id", "=", tried.id)])
        held = env["credit.simulation.order"].search_count(
            [("simulation_id", "=", tried.id), ("result", "in", ("stricter", "held"))]
        )
        assert tried.state == "done"
        assert orders > 0.9 * env["sale.order"].search_count([("state", "=", "sale")])
        note = f"{orders} orders of {tried.total} customers in {seconds:.1f} s; {held} held by the draft"
        # ratio to the number of orders, so that smaller books are measured by the same yardstick
        yield Figure("simulating 100,000 past orders", seconds * 100_000 / orders, 120.0, "s", note)
        yield Figure("simulating: peak memory", peak, 1024.0, "MB", f"{before:.0f} MB before")


def monitor(bench):
    """A night of the monitor, by its own job and with real commits ÷ the bare SQL that it needs; its memory; and how
    the time grows with the book: beside a book of half the size, its nights in turn with the whole one's.

    The first night raises whatever the policy warns of, those after it are nights as all others. Behind them lie 90
    days of snapshots.
    """
    books = bench.credit, bench.half()
    customers = {each.db_name: _past_nights(each) for each in books}
    with bench.env(bench.credit) as env:

        def plain():
            # in portions, so that what it leaves of the process's memory is not taken for the monitor's
            env.cr.execute("SET LOCAL cursor_tuple_fraction = 1")
            for query in PLAIN_NIGHT:
                if not query.lstrip().startswith("SELECT"):
                    env.cr.execute(query)
                    continue
                env.cr.execute(f"DECLARE plain NO SCROLL CURSOR FOR {query}")
                env.cr.execute("FETCH 10000 FROM plain")
                while env.cr.fetchall():
                    env.cr.execute("FETCH 10000 FROM plain")
                env.cr.execute("CLOSE plain")
            env.cr.rollback()

        plain()
        bare = statistics.median(timing.seconds(plain) for _time in range(3))
    nights = {each.db_name: [] for each in books}
    pages = {each.db_name: [] for each in books}
    for number in range(NIGHTS):
        label = "a night" if number else "the first night"
        for registry in books:
            known = customers[registry.db_name]
            _forget_peak()
            before = _peak()
            read = _pages(registry)
            seconds, raised = _night(registry, known)
            nights[registry.db_name].append(seconds)
            pages[registry.db_name].append(_pages(registry) - read)
            if registry is bench.credit and number < 2:
                note = f"{known} customers: {seconds:.1f} s ÷ {bare:.1f} s; {raised} alerts"
                yield Figure(f"monitor: {label} ÷ bare SQL", seconds / bare, 5.0, note=note)
                yield Figure(f"monitor: peak memory, {label}", _peak(), 1024.0, "MB", f"{before:.0f} MB before")
    # the quicker of the usual nights, and both to the number of customers, as one book is not exactly half of the other
    (many, long), (few, short) = ((customers[each.db_name], min(nights[each.db_name][1:])) for each in books)
    yield Figure("monitor: time for 1,000 customers", 1000 * long / many, 10.0, "s")
    note = f"{many} customers {long:.1f} s, {few} customers {short:.1f} s"
    # time is as noisy as the machine; what is read of tables and indexes is not
    yield Figure("monitor: time of twice the customers ÷ twice", (long / many) / (short / few), 1.25, note=note)
    whole, half = (min(pages[each.db_name][1:]) for each in books)
    note = f"{whole / many:.0f} and {half / few:.0f} a customer"
    yield Figure("monitor: pages read for twice the customers ÷ twice", (whole / many) / (half / few), 1.1, note=note)


def _pages(registry):
    """How many pages of tables and indexes were looked at so far."""
    with registry.cursor() as cursor:
        cursor.execute(
            """SELECT SUM(heap_blks_read + heap_blks_hit + COALESCE(idx_blks_read + idx_blks_hit, 0))
                 FROM pg_statio_user_tables"""
        )
        [pages] = cursor.fetchone()
        return float(pages)


def _past_nights(registry):
    """Put 90 days of snapshots behind the book's customers, and say how many they are."""
    with registry.cursor() as cursor:
        cursor.execute(
            """INSERT INTO credit_snapshot
                   (profile_id, day, company_id, currency_id, exposure, overdue, limit_amount, status, dso)
               SELECT profile.id, CURRENT_DATE - back, company_id, currency_id, exposure, overdue, limit_amount,
                      status, dso + (profile.id + back) % 5
                 FROM generate_series(90, 1, -1) back, credit_profile profile
                   ON CONFLICT DO NOTHING"""
        )
        cursor.commit()
        cursor.execute("SELECT COUNT(*) FROM credit_profile")
        [customers] = cursor.fetchone()
    databases.query("VACUUM ANALYZE credit_snapshot", registry.db_name)
    return customers


def _night(registry, customers):
    """A whole night: its seconds, and how many alerts stand after it."""
    with registry.cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        env["credit.monitor.run"].search([]).unlink()
        cursor.commit()
        seconds = timing.seconds(env["credit.monitor.run"]._cron_run)
        run = env["credit.monitor.run"].search([])
        assert (run.state, run.done, run.failed) == ("done", customers, 0), run.failed_ids.mapped("message")[:3]
        alerts = env["credit.alert"].search_count([("state", "!=", "resolved")])
        # what was counted of this session is told now, and not in some seconds
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.commit()
        return seconds, alerts


def _statements(env):
    """Two confirmed years for every third customer: copies of one, with other figures."""
    crowd = book.crowd(env).sorted("id")
    figures = {
        "cash": 100, "receivables": 200, "inventories": 100, "total_current_assets": 400, "tangible_assets": 400,
        "total_assets": 800, "total_current_liabilities": 200, "total_liabilities": 500, "total_equity": 300,
        "revenue": 1000, "ebit": 60, "interest_expense": 20, "net_profit": 40, "depreciation": 20,
        "retained_earnings": 100, "operating_cash_flow": 50,
    }  # fmt: skip
    year = datetime.date.today().year  # noqa: DTZ011 - the book counts from the database's own day as well
    for back in (2, 1):
        statement = env["credit.statement"].create(
            {"partner_id": crowd[0].id, "date_end": f"{year - back}-12-31", "figures": figures}
        )
        statement.action_confirm()
        env.flush_all()
        book._copy(
            env,
            "credit_statement",
            statement.id,
            len(crowd) // 3 - 1,
            {"partner_id": f"{crowd[0].id} + 3 * (n + 1)", "confirmed_on": f"'{year - back}-12-31'"},
        )
    env.invalidate_all()


def _forget_peak():
    """Let the process's peak of memory begin anew."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as refs:
        refs.write("5")


def _peak():
    """The process's peak of memory since then, in MB."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


MEASURES = {
    "positions": positions,
    "confirming": confirming,
    "heavy": heavy_customers,
    "list": customer_list,
    "users": eight_users,
    "payment": payment,
    "ranking": ranking,
    "assess": assess,
    "simulation": simulation,
    "monitor": monitor,
    "forecast": forecast,
    "dashboard": dashboard,
}
