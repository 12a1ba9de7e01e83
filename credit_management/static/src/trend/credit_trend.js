/* Part of credit_management. License LGPL-3.0 or later. */
import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { CreditChart } from "../chart/credit_chart";

import { Component } from "@odoo/owl";

/**
 * A customer's figures from day to day, as the snapshots kept them. The value is that of `trend`; who may not see how
 * customers pay gets no second chart.
 */
export class CreditTrend extends Component {
    static template = "credit_management.CreditTrend";
    static components = { CreditChart };
    static props = { ...standardFieldProps };

    get trend() {
        return this.props.record.data[this.props.name];
    }

    points(name) {
        return this.trend.day.map((day, number) => ({ x: Date.parse(day), y: this.trend[name][number] }));
    }

    get amounts() {
        const line = (name, label, color, more = {}) => ({
            label,
            data: this.points(name),
            borderColor: color,
            backgroundColor: color,
            pointRadius: 1,
            ...more,
        });
        return this.chart(
            [
                line("limit_amount", _t("Limit"), "#017e84", { stepped: true, spanGaps: false }),
                line("overdue", _t("Overdue"), "#d23f3a"),
                line("exposure", _t("Exposure"), "#875a7b", {
                    backgroundColor: "rgba(135, 90, 123, 0.25)",
                    fill: "origin",
                }),
            ],
            { y: { beginAtZero: true } },
            (amount) => this.money(amount)
        );
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.trend.currency_id });
    }

    /** What a screen reader says of a chart: where each line begins and ends. */
    spoken(title, { data, options }) {
        const say = options.plugins.tooltip.callbacks.label;
        const lines = data.datasets.map((dataset) => {
            const known = dataset.data.filter((point) => typeof point.y === "number");
            return known.length && `${say({ dataset, raw: known[0] })} → ${say({ dataset, raw: known.at(-1) })}`;
        });
        return [title, ...lines].filter(Boolean).join("; ");
    }

    get amountsLabel() {
        return this.spoken(_t("Exposure, overdue and limit over time"), this.amounts);
    }

    get behaviourLabel() {
        return this.spoken(_t("Payment behaviour over time"), this.behaviour);
    }

    get behaviour() {
        const names = { payment_index: _t("Payment index"), dso: _t("Days sales outstanding") };
        const colors = { payment_index: "#017e84", dso: "#e4a11b" };
        const sets = Object.keys(names)
            .filter((name) => this.trend[name]?.some((value) => value !== null))
            .map((name) => ({
                label: names[name],
                data: this.points(name),
                borderColor: colors[name],
                backgroundColor: colors[name],
                pointRadius: 1,
                spanGaps: true,
            }));
        return sets.length ? this.chart(sets, {}, (value) => formatFloat(value, { digits: [16, 1] })) : null;
    }

    chart(datasets, scales, format) {
        return {
            type: "line",
            data: { datasets },
            options: {
                interaction: { mode: "nearest", axis: "x", intersect: false },
                scales: {
                    x: {
                        type: "time",
                        time: { minUnit: "day", tooltipFormat: "DD" },
                        ticks: { maxRotation: 0, autoSkipPadding: 20 },
                    },
                    y: {},
                    ...scales,
                },
                plugins: {
                    tooltip: {
                        callbacks: { label: (item) => `${item.dataset.label}: ${format(item.raw.y)}` },
                    },
                },
            },
        };
    }
}

export const creditTrend = {
    component: CreditTrend,
    displayName: _t("Figures over time"),
    supportedTypes: ["json"],
};

registry.category("fields").add("credit_trend", creditTrend);
