/* Part of credit_management. License LGPL-3.0 or later. */
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { CreditChart } from "../chart/credit_chart";

const DAY = 24 * 3600 * 1000;

/**
 * A customer's limits from day to day as steps, the future included, and beneath them the exposure as far as it is
 * known. The value is that of `limit_timeline`.
 */
export class CreditTimeline extends Component {
    static template = "credit_management.CreditTimeline";
    static components = { CreditChart };
    static props = { ...standardFieldProps };

    get timeline() {
        return this.props.record.data[this.props.name];
    }

    get isEmpty() {
        return !this.timeline || !this.timeline.steps.length;
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.timeline.currency_id });
    }

    /** The limit of a step in words. */
    limit(step) {
        const words = { none: _t("No limit"), expired: _t("Ended"), unlimited: _t("Unlimited") };
        return words[step.status] || this.money(step.amount);
    }

    /** What a screen reader says: each limit with its day, and the exposure of the last one. */
    get label() {
        const steps = this.timeline.steps.map((step) => `${formatDate(deserializeDate(step.day))}: ${this.limit(step)}`);
        const last = this.timeline.exposure.at(-1);
        return [
            _t("Limit and exposure over time."),
            `${steps.join("; ")}.`,
            last && _t("Exposure: %s", this.money(last[1])),
        ].filter(Boolean).join(" ");
    }

    /** The limits as points of a stepped line; the last one is drawn on a while beyond its beginning. */
    get limits() {
        const points = this.timeline.steps.map((step) => ({
            x: Date.parse(step.day), y: step.amount, words: this.limit(step),
        }));
        const last = points.at(-1);
        const end = Math.max(last.x, Date.parse(this.timeline.today)) + 30 * DAY;
        return [...points, { ...last, x: end }];
    }

    get config() {
        return {
            type: "line",
            data: {
                datasets: [
                    {
                        label: _t("Limit"),
                        data: this.limits,
                        stepped: true,
                        borderColor: "#017e84",
                        backgroundColor: "#017e84",
                        pointRadius: 2,
                    },
                    {
                        label: _t("Exposure"),
                        data: this.timeline.exposure.map(([day, amount]) => ({ x: Date.parse(day), y: amount })),
                        borderColor: "#875a7b",
                        backgroundColor: "rgba(135, 90, 123, 0.25)",
                        fill: "origin",
                        pointRadius: 3,
                    },
                ],
            },
            options: {
                interaction: { mode: "nearest", axis: "x", intersect: false },
                scales: {
                    x: { type: "time", time: { minUnit: "day" }, ticks: { maxRotation: 0, autoSkipPadding: 20 } },
                    y: { beginAtZero: true, ticks: { maxTicksLimit: 6, callback: (amount) => this.money(amount) } },
                },
                plugins: {
                    tooltip: {
                        callbacks: {
                            label: (item) => `${item.dataset.label}: ${item.raw.words || this.money(item.raw.y)}`,
                        },
                    },
                },
            },
        };
    }
}

export const creditTimeline = {
    component: CreditTimeline,
    displayName: _t("Limit and exposure over time"),
    supportedTypes: ["json"],
};

registry.category("fields").add("credit_timeline", creditTimeline);
