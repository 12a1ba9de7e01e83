/* Part of credit_management. License LGPL-3.0 or later. */
import { formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useService } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

import { CreditChart } from "../chart/credit_chart";

/** What became of ratings, by grade: what was promised, what came about, and how sure that is. Grades open their list. */
export class CreditBacktestResult extends Component {
    static template = "credit_management.CreditBacktestResult";
    static components = { CreditChart };
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get result() {
        return this.props.record.data[this.props.name];
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.result.currency_id });
    }

    /** A fraction as percent; a dash where it is not known. */
    percent(fraction, digits = 1) {
        return fraction === undefined ? "–" : `${(100 * fraction).toFixed(digits)} %`;
    }

    /** The bounds of the true rate. */
    bounds(cell) {
        return cell.low === undefined ? "" : `${this.percent(cell.low)} – ${this.percent(cell.high)}`;
    }

    get chart() {
        const grades = this.result.grades.filter((cell) => cell.ratings);
        const inPercent = (fraction) => (fraction === undefined ? null : 100 * fraction);
        return {
            type: "bar",
            data: {
                labels: grades.map((cell) => `${cell.grade} (${cell.ratings})`),
                datasets: [
                    {
                        label: _t("Promised, %"),
                        data: grades.map((cell) => inPercent(cell.pd)),
                        backgroundColor: "#71639e",
                    },
                    {
                        label: _t("Came about, %"),
                        data: grades.map((cell) => inPercent(cell.rate)),
                        backgroundColor: "#d9534f",
                    },
                ],
            },
            options: { scales: { x: {}, y: { beginAtZero: true } } },
        };
    }

    async open(grade) {
        const { resModel, resId } = this.props.record;
        this.action.doAction(await this.orm.call(resModel, "action_view_lines", [[resId], grade]));
    }
}

registry.category("fields").add("credit_backtest_result", {
    component: CreditBacktestResult,
    supportedTypes: ["json"],
});
