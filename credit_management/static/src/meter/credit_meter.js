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

    /** Where in the bar guarantees go on from what was granted. */
    get coverStyle() {
        const { limit, cover_added } = this.meter;
        if (!limit || !cover_added) {
            return "";
        }
        const start = (100 * Math.max(limit - cover_added, 0)) / this.scale;
        const end = (100 * limit) / this.scale;
        return `inset-inline-start: ${start.toFixed(2)}%; width: ${(end - start).toFixed(2)}%`;
    }

    get coverText() {
        const { cover_added, cover_lowered, left_out } = this.meter;
        return [
            cover_added && _t("guarantees add %s", this.money(cover_added)),
            cover_lowered && _t("guarantees cover %s of it", this.money(cover_lowered)),
            left_out && _t("%s of it does not count yet", this.money(left_out)),
        ]
            .filter(Boolean)
            .join(", ");
    }

    // -- the group ----------------------------------------------------------------------------------

    /** What members owe already, and the document on the screen, against the joint limit. */
    get groupSegments() {
        const { total, document, limit } = this.meter.group;
        const scale = Math.max(limit || 0, total, 0.01);
        const width = (amount) => `width: ${((100 * Math.max(amount, 0)) / scale).toFixed(2)}%`;
        return [
            { key: "order", style: width(total - document) },
            { key: "document", style: width(document) },
        ];
    }

    get groupLevel() {
        const { limit, total } = this.meter.group;
        if (limit === undefined) {
            return "none";
        }
        return total > limit ? "over" : total >= this.meter.near * limit ? "near" : "ok";
    }

    groupMoney(amount) {
        return formatMonetary(amount, { currencyId: this.meter.group.currency_id });
    }

    get groupText() {
        const { name, limit, total, room, limit_until } = this.meter.group;
        const money = (amount) => this.groupMoney(amount);
        if (limit === undefined) {
            return _t("%(name)s: %(total)s in all, no joint limit", { name, total: money(total) });
        }
        if (limit === 0 && limit_until) {
            return _t("%(name)s: %(total)s in all, the joint limit has ended", { name, total: money(total) });
        }
        const figures = { name, total: money(total), limit: money(limit) };
        return room < 0
            ? _t("Joint limit of %(name)s: %(total)s of %(limit)s, %(over)s too much", { ...figures, over: money(-room) })
            : _t("Joint limit of %(name)s: %(total)s of %(limit)s, %(room)s available", { ...figures, room: money(room) });
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
        return usage === undefined ? "" : `${Math.round(usage * 100)} %`;
    }

    get roomText() {
        const { room, limit_status } = this.meter;
        if (limit_status === "expired" || limit_status === "none") {
            return _t("%s without a valid limit", this.money(this.meter.total));
        }
        if (room === undefined) {
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
            this.coverText,
            this.overdueText,
            this.meter.group && this.groupText,
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
