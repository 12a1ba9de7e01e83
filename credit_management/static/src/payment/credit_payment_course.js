/* Part of credit_management. License LGPL-3.0 or later. */
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor, hexToRGBA } from "@web/core/colors/colors";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";

// in bright and in dark mode
const BLUE = ["#2f6fb7", "#6ea8e6"];
const GREEN = ["#28a745", "#4cc26a"];
const AMBER = ["#e08a00", "#f0ad4e"];

function monthName(month) {
    return deserializeDate(month.start).toLocaleString({ month: "short", year: "2-digit" });
}

/**
 * How a customer paid over the last months: days late, share on time, payment index; and how old his receivables are.
 * The figures come from the field `payment_course` of `credit.profile`; what is not known of a month leaves a gap.
 */
export class CreditPaymentCourse extends Component {
    static template = "credit_management.CreditPaymentCourse";
    static props = { ...standardFieldProps };

    setup() {
        this.canvases = { daysLate: useRef("daysLate"), onTime: useRef("onTime"), index: useRef("index"), ageing: useRef("ageing") };
        this.charts = [];
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.course, this.canvases.ageing.el]
        );
        onWillUnmount(() => this.clear());
    }

    get course() {
        return this.props.record.data[this.props.name] || null;
    }

    /** Whether anything is known of any month. */
    get known() {
        return this.course.months.some((month) => month.index !== null);
    }

    get owes() {
        return this.course.ageing.some((amount) => amount);
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.course.currency_id });
    }

    color([bright, dark]) {
        return getCustomColor(cookie.get("color_scheme"), bright, dark);
    }

    clear() {
        this.charts.forEach((chart) => chart.destroy());
        this.charts = [];
    }

    draw() {
        this.clear();
        if (!this.course) {
            return;
        }
        const months = this.course.months;
        const labels = months.map((month) => monthName(month));
        this.add("daysLate", "bar", labels, months.map((month) => month.days_late), AMBER, {
            label: _t("Days late"),
            format: (value) => _t("%s days", Number(value).toFixed(1)),
        });
        this.add("onTime", "bar", labels, months.map((month) => month.on_time), GREEN, {
            label: _t("Paid on time"),
            format: (value) => `${Math.round(value * 100)} %`,
            min: 0,
            max: 1,
        });
        this.add("index", "line", labels, months.map((month) => month.index), BLUE, {
            label: _t("Payment index"),
            format: (value) => Number(value).toFixed(0),
            min: 0,
            max: 100,
        });
        const ages = [_t("Not due"), _t("1–30"), _t("31–60"), _t("61–90"), _t("Over 90")];
        this.add("ageing", "bar", ages, this.course.ageing, BLUE, {
            label: _t("Receivables"),
            format: (value) => this.money(value),
        });
    }

    add(name, type, labels, data, color, { label, format, min, max }) {
        const canvas = this.canvases[name].el;
        if (!canvas) {
            return;
        }
        const line = this.color(color);
        this.charts.push(
            // Chart.js comes with the bundle loaded above
            // eslint-disable-next-line no-undef
            new Chart(canvas, {
                type,
                data: {
                    labels,
                    datasets: [
                        {
                            label,
                            data,
                            borderColor: line,
                            backgroundColor: hexToRGBA(line, type === "line" ? 0.2 : 0.75),
                            borderWidth: type === "line" ? 2 : 0,
                            fill: type === "line",
                            pointRadius: 2,
                            // so that 0 is seen, and only what is not known is missing
                            minBarLength: 2,
                        },
                    ],
                },
                options: {
                    maintainAspectRatio: false,
                    animation: false,
                    plugins: {
                        legend: { display: false },
                        tooltip: { callbacks: { label: (item) => `${label}: ${format(item.raw)}` } },
                    },
                    scales: {
                        x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkip: true } },
                        y: { min, max, ticks: { callback: format, maxTicksLimit: 5 } },
                    },
                },
            })
        );
    }

    /** What a screen reader says of a chart: its values. */
    described(name) {
        if (name === "ageing") {
            return this.course.ageing.map((amount) => this.money(amount)).join("; ");
        }
        return this.course.months
            .filter((month) => month[name] !== null)
            .map((month) => `${monthName(month)}: ${Number(month[name]).toFixed(2)}`)
            .join("; ");
    }
}

export const creditPaymentCourse = {
    component: CreditPaymentCourse,
    displayName: _t("Course of payment behaviour"),
    supportedTypes: ["json"],
};

registry.category("fields").add("credit_payment_course", creditPaymentCourse);
