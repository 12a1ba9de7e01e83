/* Part of credit_management. License LGPL-3.0 or later. */
import { formatMonetary } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useService } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

import { CreditChart } from "../chart/credit_chart";

const COLORS = { stricter: "#d9534f", looser: "#5cb85c", held: "#8f5c5c", passed: "#9aa5b1" };

/** What a simulation came to: orders by what either policy does, and what became of them. Rows open the orders. */
export class CreditSimulationResult extends Component {
    static template = "credit_management.CreditSimulationResult";
    static components = { CreditChart };
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get result() {
        return this.props.record.data[this.props.name];
    }

    /** Tables that have anything in them: past orders, and those that wait today. */
    get tables() {
        return this.result.tables
            .map((table) => ({
                ...table,
                title: table.past
                    ? _t("Past orders since %s", this.result.since)
                    : _t("Orders waiting today"),
                count: table.rows.reduce((sum, row) => sum + row.count, 0),
            }))
            .filter((table) => table.count);
    }

    get exactness() {
        return this.result.exactness.map((each) => `${each.label}: ${each.count.toLocaleString()}`).join(" · ");
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.result.currency_id });
    }

    /** The part of what was due that was paid late or not at all, in words; a dash while nothing was due. */
    share(row) {
        return row.due > 0 ? `${Math.round((100 * (row.late + row.unpaid)) / row.due)} %` : "–";
    }

    chart(table) {
        return {
            type: "bar",
            data: {
                labels: [_t("Amount"), _t("Paid late"), _t("Not paid")],
                datasets: table.rows
                    .filter((row) => row.count)
                    .map((row) => ({
                        label: row.label,
                        data: [row.asked, row.late, row.unpaid],
                        backgroundColor: COLORS[row.result],
                    })),
            },
            options: { scales: { x: {}, y: { beginAtZero: true } } },
        };
    }

    async open(table, row) {
        const { resModel, resId } = this.props.record;
        this.action.doAction(await this.orm.call(resModel, "action_view_orders", [[resId], row.result, table.past]));
    }
}

registry.category("fields").add("credit_simulation_result", {
    component: CreditSimulationResult,
    supportedTypes: ["json"],
});
