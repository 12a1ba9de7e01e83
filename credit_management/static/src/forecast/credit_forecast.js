/* Part of credit_management. License LGPL-3.0 or later. */
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor, hexToRGBA } from "@web/core/colors/colors";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { CreditChart } from "../chart/credit_chart";

// in bright and in dark mode
const PLUM = ["#875a7b", "#c39bb8"];
const GREEN = ["#28a745", "#4cc26a"];
const RED = ["#c0392b", "#ff7b6b"];

/**
 * What a customer will owe and pay over the next weeks: expected exposure with its band, what it may reach, and the
 * payments of each week. The value is that of `forecast` of `credit.profile`.
 */
export class CreditForecast extends Component {
    static template = "credit_management.CreditForecast";
    static components = { CreditChart };
    static props = { ...standardFieldProps };

    get forecast() {
        return this.props.record.data[this.props.name] || null;
    }

    get isEmpty() {
        const { exposure, new: fresh } = this.forecast;
        return ![...exposure, ...fresh].some((amount) => Math.abs(amount) >= 0.005);
    }

    get icon() {
        return { ok: "fa-check-circle text-success", near: "fa-exclamation-circle text-warning" }[this.forecast.level] ||
            "fa-exclamation-triangle text-danger";
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.forecast.currency_id });
    }

    color([bright, dark]) {
        return getCustomColor(cookie.get("color_scheme"), bright, dark);
    }

    get days() {
        return this.forecast.days.map((day) => deserializeDate(day));
    }

    /** What a screen reader says of the chart: its values. */
    get label() {
        return this.days
            .map((day, week) => _t("%(day)s: %(exposure)s", {
                day: formatDate(day),
                exposure: this.money(this.forecast.exposure[week]),
            }))
            .join("; ");
    }

    get config() {
        const { exposure, low, high, known, ceilings, cash } = this.forecast;
        const plum = this.color(PLUM);
        const line = { type: "line", borderWidth: 2, pointRadius: 0, pointHitRadius: 12, tension: 0 };
        const band = { ...line, borderWidth: 0, backgroundColor: hexToRGBA(plum, 0.2), borderColor: hexToRGBA(plum, 0.2) };
        const datasets = [
            { ...line, label: _t("Expected exposure"), data: exposure, borderColor: plum, backgroundColor: plum },
            { ...band, label: _t("In eight of ten cases, from"), data: low, fill: false },
            { ...band, label: _t("up to"), data: high, fill: "-1" },
            {
                ...line, label: _t("Without new orders"), data: known, borderColor: plum, backgroundColor: "transparent",
                borderWidth: 1, borderDash: [4, 4],
            },
            {
                ...line, label: _t("Limit"), data: ceilings, stepped: true, borderColor: this.color(RED),
                backgroundColor: "transparent", borderDash: [8, 4],
            },
            {
                type: "bar", label: _t("Expected payments in the week"), data: [null, ...cash],
                backgroundColor: hexToRGBA(this.color(GREEN), 0.7), barPercentage: 0.6,
            },
        ];
        return {
            type: "line",
            data: { labels: this.days.map((day) => day.toLocaleString({ day: "numeric", month: "short" })), datasets },
            options: {
                interaction: { mode: "index", intersect: false },
                plugins: {
                    legend: { labels: { filter: (item) => item.datasetIndex !== 2, boxWidth: 12 } },
                    tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${this.money(item.raw)}` } },
                },
                scales: {
                    x: { ticks: { maxRotation: 0, autoSkipPadding: 12 } },
                    y: { beginAtZero: true, ticks: { callback: (value) => this.money(value), maxTicksLimit: 6 } },
                },
            },
        };
    }
}

export const creditForecast = {
    component: CreditForecast,
    displayName: _t("Forecast of exposure and payments"),
    supportedTypes: ["json"],
};

registry.category("fields").add("credit_forecast", creditForecast);
