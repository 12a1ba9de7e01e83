/* Part of credit_management. License LGPL-3.0 or later. */
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/**
 * How much of a customer's limit is used, and by what: receivables, draft invoices, orders, and the document on the
 * screen, drawn against the limit. The figures come from `credit.profile._meter`.
 */
export class CreditMeter extends Component {
    static template = "credit_management.CreditMeter";
    static props = { ...standardFieldProps };

    get meter() {
        return this.props.record.data[this.props.name] || null;
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.meter.currency_id });
    }

    /** The amount that fills the whole bar: the limit, or what is above it. */
    get scale() {
        const positive = this.segments.reduce((sum, segment) => sum + segment.amount, 0);
        return Math.max(this.meter.limit || 0, positive, 0.01);
    }

    /** Only what uses up credit is drawn; credit balances shorten what comes first. */
    get segments() {
        let credit = this.meter.segments.reduce((sum, s) => sum + Math.min(s.amount, 0), 0);
        const drawn = [];
        for (const segment of this.meter.segments) {
            const amount = Math.max(segment.amount, 0);
            const used = Math.max(amount + credit, 0);
            credit = Math.min(amount + credit, 0);
            if (used > 0) {
                drawn.push({ ...segment, amount: used });
            }
        }
        return drawn;
    }

    width(amount) {
        return `width: ${Math.max((100 * amount) / this.scale, 0.5).toFixed(2)}%`;
    }

    get limitMark() {
        const { limit } = this.meter;
        return limit && this.scale > limit * 1.001 ? `inset-inline-start: ${((100 * limit) / this.scale).toFixed(2)}%` : "";
    }

    get until() {
        return this.meter.limit_until ? formatDate(deserializeDate(this.meter.limit_until)) : "";
    }

    get limitText() {
        const { limit, limit_status } = this.meter;
        if (limit_status === "unlimited") {
            return _t("Unlimited");
        }
        if (limit_status === "none") {
            return _t("No limit");
        }
        if (limit_status === "expired") {
            return _t("Ended on %s", this.until);
        }
        return this.money(limit);
    }

    get usageText() {
        const { usage } = this.meter;
        return usage === null || usage === undefined ? "" : `${Math.round(usage * 100)} %`;
    }

    get roomText() {
        const { room, limit_status } = this.meter;
        if (limit_status === "expired" || limit_status === "none") {
            return _t("%s without a valid limit", this.money(this.meter.total));
        }
        if (room === null || room === undefined) {
            return "";
        }
        return room < 0 ? _t("%s over the limit", this.money(-room)) : _t("%s available", this.money(room));
    }

    get overdueText() {
        const { overdue, oldest_days } = this.meter;
        if (!overdue) {
            return "";
        }
        return oldest_days
            ? _t("Overdue %(amount)s (%(days)s days)", { amount: this.money(overdue), days: oldest_days })
            : _t("Overdue %s", this.money(overdue));
    }

    /** What a screen reader says: all that is on the screen. */
    get label() {
        const parts = this.meter.segments
            .filter((segment) => segment.amount || segment.key === "document")
            .map((segment) => `${segment.label}: ${this.money(segment.amount)}`);
        return [
            _t("Credit limit: %s", this.limitText),
            this.usageText && _t("used: %s", this.usageText),
            this.roomText,
            ...parts,
            this.overdueText,
            this.meter.hold_reason && _t("On hold: %s", this.meter.hold_reason),
        ]
            .filter(Boolean)
            .join("; ");
    }
}

export const creditMeter = {
    component: CreditMeter,
    displayName: _t("Credit meter"),
    supportedTypes: ["json"],
};

registry.category("fields").add("credit_meter", creditMeter);
