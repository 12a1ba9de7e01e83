/* Part of credit_management. License LGPL-3.0 or later. */
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { CreditChart } from "../chart/credit_chart";

/** How grave what is known is: of which severities, in which colour; what is not adverse comes last. */
const GRAVITIES = [
    { label: _t("Grave"), severities: ["critical", "high"], color: "#dc3545" },
    { label: _t("Adverse"), severities: ["medium", "low"], color: "#e8a33d" },
    { label: _t("Not adverse"), severities: [null], color: "#5b8fc9" },
];

/**
 * The records on a customer as points over time, a row a kind; what is no longer in force is hollow. A click opens
 * the record. The value is that of `record_timeline`.
 */
export class CreditRecordTimeline extends Component {
    static template = "credit_management.CreditRecordTimeline";
    static components = { CreditChart };
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get records() {
        return this.props.record.data[this.props.name] || [];
    }

    get kinds() {
        return [...new Set(this.records.map((record) => record.kind))];
    }

    get height() {
        return 90 + 30 * this.kinds.length;
    }

    say(record) {
        return `${formatDate(deserializeDate(record.day))} ${record.kind}: ${record.title}`;
    }

    get label() {
        return this.records.map((record) => this.say(record)).join("; ");
    }

    get config() {
        const datasets = GRAVITIES.map(({ label, severities, color }) => {
            const records = this.records.filter((record) => severities.includes(record.severity));
            return {
                label: label.toString(),
                data: records.map((record) => ({ x: Date.parse(record.day), y: record.kind, record })),
                borderColor: color,
                borderWidth: 2,
                backgroundColor: color,
                pointBackgroundColor: records.map((record) => (record.in_force ? color : "transparent")),
                pointRadius: 6,
                pointHoverRadius: 8,
            };
        }).filter((dataset) => dataset.data.length);
        return {
            type: "scatter",
            data: { datasets },
            options: {
                onClick: (_event, [point]) => point && this.open(datasets[point.datasetIndex].data[point.index].record),
                plugins: { tooltip: { callbacks: { label: (item) => this.say(item.raw.record) } } },
                scales: {
                    x: { type: "time", offset: true, time: { minUnit: "month" }, ticks: { maxRotation: 0, autoSkipPadding: 20 } },
                    y: { type: "category", labels: this.kinds, offset: true },
                },
            },
        };
    }

    open(record) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "credit.record",
            res_id: record.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("credit_record_timeline", {
    component: CreditRecordTimeline,
    displayName: _t("Records over time"),
    supportedTypes: ["json"],
});
