/* Part of credit_management. License LGPL-3.0 or later. */
import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";

const DAY = 24 * 3600 * 1000;

/**
 * A customer's limits from day to day as steps, the future included, and beneath them the exposure as far as it is
 * known. The value is that of `limit_timeline`.
 */
export class CreditTimeline extends Component {
    static template = "credit_management.CreditTimeline";
    static props = { ...standardFieldProps };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                this.draw();
                return () => this.chart?.destroy();
            },
            () => [JSON.stringify(this.timeline), this.canvas.el]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    get timeline() {
        return this.props.record.data[this.props.name];
    }

    get isEmpty() {
        return !this.timeline || !this.timeline.steps.length;
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.timeline.currency_id });
    }

    /** The limits as points of a stepped line; the last one is drawn on a while beyond its beginning. */
    get limits() {
        const points = this.timeline.steps.map((step) => ({
            x: Date.parse(step.day),
            y: step.amount,
            status: step.status,
        }));
        const last = points[points.length - 1];
        const end = Math.max(last.x, Date.parse(this.timeline.today)) + 30 * DAY;
        return [...points, { ...last, x: end }];
    }

    draw() {
        this.chart?.destroy();
        if (this.isEmpty || !this.canvas.el) {
            return;
        }
        const words = { none: _t("No limit"), expired: _t("Ended"), unlimited: _t("Unlimited") };
        const exposure = this.timeline.exposure.map(([day, amount]) => ({ x: Date.parse(day), y: amount }));
        this.chart = new window.Chart(this.canvas.el, {
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
                        data: exposure,
                        borderColor: "#875a7b",
                        backgroundColor: "rgba(135, 90, 123, 0.25)",
                        fill: "origin",
                        pointRadius: 3,
                    },
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "nearest", axis: "x", intersect: false },
                scales: {
                    x: { type: "time", time: { minUnit: "day" }, ticks: { maxRotation: 0, autoSkipPadding: 20 } },
                    y: { beginAtZero: true },
                },
                plugins: {
                    tooltip: {
                        callbacks: {
                            label: (item) =>
                                `${item.dataset.label}: ${words[item.raw.status] || this.money(item.raw.y)}`,
                        },
                    },
                },
            },
        });
    }
}

export const creditTimeline = {
    component: CreditTimeline,
    displayName: _t("Limit and exposure over time"),
    supportedTypes: ["json"],
};

registry.category("fields").add("credit_timeline", creditTimeline);
