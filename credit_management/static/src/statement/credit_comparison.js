/* Part of credit_management. License LGPL-3.0 or later. */
import { cookie } from "@web/core/browser/cookie";
import { getColor } from "@web/core/colors/colors";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useService } from "@web/core/utils/hooks";

import { Component, useState } from "@odoo/owl";

import { CreditChart } from "../chart/credit_chart";

const OFF_SCALE = 999;
const DIGITS = { times: 2, percent: 1, days: 0, amount: 0, score: 2 };

/**
 * Statements of a customer side by side, newest first: charts, ratios with their change, zones and benchmarks, and
 * the lines themselves. The figures come from `credit.statement._compare`.
 */
export class CreditComparison extends Component {
    static template = "credit_management.CreditComparison";
    static components = { CreditChart };
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.state = useState({ open: { balance: false, income: false, cash_flow: false } });
        this.zones = { safe: _t("Safe"), grey: _t("Grey zone"), distress: _t("Distress") };
        this.standings = {
            best: _t("among the best quarter"),
            good: _t("better than the median"),
            weak: _t("below the median"),
            worst: _t("among the worst quarter"),
        };
    }

    get comparison() {
        return this.props.record.data[this.props.name] || null;
    }

    /** The benchmarks' columns: those of our customers and those of tables, where there are any. */
    get origins() {
        const found = new Map();
        for (const family of this.comparison.families) {
            for (const ratio of family.ratios) {
                for (const benchmark of ratio.benchmarks) {
                    found.set(benchmark.origin, benchmark);
                }
            }
        }
        return [...found.values()];
    }

    benchmark(ratio, origin) {
        return ratio.benchmarks.find((benchmark) => benchmark.origin === origin);
    }

    benchmarkTitle(ratio, benchmark) {
        const parts = [
            `${benchmark.label}, ${benchmark.industry}`,
            _t("quartiles %(lower)s – %(upper)s", {
                lower: this.value(benchmark.lower, ratio.unit),
                upper: this.value(benchmark.upper, ratio.unit),
            }),
            benchmark.firms ? _t("%s firms", benchmark.firms) : "",
            benchmark.standing ? _t("this customer is %s", this.standings[benchmark.standing]) : "",
        ];
        return parts.filter(Boolean).join("; ");
    }

    value(value, unit) {
        if (value === null || value === undefined) {
            return "–";
        }
        if (unit !== "amount" && Math.abs(value) >= OFF_SCALE) {
            return value > 0 ? "≥ 999" : "≤ −999";
        }
        const text = formatFloat(value, { digits: [16, DIGITS[unit]] });
        return unit === "percent" ? `${text} %` : text;
    }

    /** The change against a year before: of percentages in points, of all else in percent. */
    change(change, unit) {
        const sign = change > 0 ? "+" : "";
        return unit === "percent"
            ? _t("%s points", `${sign}${formatFloat(change, { digits: [16, 1] })}`)
            : `${sign}${formatFloat(change, { digits: [16, 0] })} %`;
    }

    changeClass(change, direction) {
        if (!direction || Math.abs(change) < 0.05) {
            return "text-muted";
        }
        return change * direction > 0 ? "text-success" : "text-danger";
    }

    isShown(ratio) {
        return ratio.values.some((value) => value !== null) || ratio.benchmarks.length;
    }

    openStatement(column) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "credit.statement",
            res_id: column.id,
            views: [[false, "form"]],
        });
    }

    // -- charts --------------------------------------------------------------------------------------

    /** From the oldest period to the newest. */
    series(values) {
        return [...values].reverse();
    }

    line(code) {
        for (const section of this.comparison.sections) {
            const found = section.lines.find((line) => line.code === code);
            if (found) {
                return found;
            }
        }
        return { values: this.comparison.columns.map(() => null), label: code };
    }

    ratio(code) {
        for (const family of this.comparison.families) {
            const found = family.ratios.find((ratio) => ratio.code === code);
            if (found) {
                return found;
            }
        }
    }

    get charts() {
        const labels = this.series(this.comparison.columns.map((column) => column.label));
        const scheme = cookie.get("color_scheme");
        const colors = [0, 2, 4].map((index) => getColor(index, scheme, "sm"));
        const bars = (codes, stacked) => ({
            type: "bar",
            data: {
                labels,
                datasets: codes.map((code, index) => ({
                    label: this.line(code).label,
                    data: this.series(this.line(code).values),
                    backgroundColor: colors[index],
                    maxBarThickness: 40,
                })),
            },
            options: { scales: { x: { stacked }, y: { stacked } } },
        });
        const lines = (codes) => ({
            type: "line",
            data: {
                labels,
                datasets: codes.map((code, index) => ({
                    label: this.ratio(code).label,
                    data: this.series(this.ratio(code).values),
                    borderColor: colors[index],
                    backgroundColor: colors[index],
                    tension: 0.2,
                    spanGaps: false,
                })),
            },
            options: {},
        });
        return [
            { title: _t("Revenue and profit"), config: bars(["revenue", "ebit", "net_profit"], false) },
            {
                title: _t("Who pays for the assets"),
                config: bars(["total_equity", "total_non_current_liabilities", "total_current_liabilities"], true),
            },
            { title: _t("Liquidity"), config: lines(["current_ratio", "quick_ratio", "cash_ratio"]) },
            { title: _t("Margins, %"), config: lines(["gross_margin", "operating_margin", "net_margin"]) },
        ].filter((chart) =>
            chart.config.data.datasets.some((dataset) => dataset.data.some((value) => value !== null))
        );
    }
}

registry.category("fields").add("credit_comparison", {
    component: CreditComparison,
    displayName: _t("Statements side by side"),
    supportedTypes: ["json"],
});
