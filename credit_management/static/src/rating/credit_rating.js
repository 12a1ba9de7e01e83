/* Part of credit_management. License LGPL-3.0 or later. */
import { cookie } from "@web/core/browser/cookie";
import { getColor, hexToRGBA } from "@web/core/colors/colors";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

import { CreditChart } from "../chart/credit_chart";

const BLUE = 1;

/**
 * A score on the scale of grades, what each factor contributes to it, what would raise the grade, how the recommended
 * limit comes about, and the scores so far. The figures come from `credit.assessment.card`, or, while a scorecard
 * is edited, from its `preview`, which also says what is wrong with the scorecard.
 */
export class CreditRating extends Component {
    static template = "credit_management.CreditRating";
    static components = { CreditChart };
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get card() {
        return this.props.record.data[this.props.name] || null;
    }

    number(value) {
        return Number(value).toFixed(1);
    }

    percent(share) {
        return `${Math.round(share * 100)} %`;
    }

    /** Grades as parts of the scale, the worst first; each as wide as the scores that lead to it. */
    get scale() {
        const grades = [...this.card.scale].reverse();
        return grades.map((grade, index) => ({
            ...grade,
            width: (index + 1 < grades.length ? grades[index + 1].floor : 100) - grade.floor,
        }));
    }

    get scoreText() {
        const { score } = this.card;
        return score === null || score === undefined
            ? _t("No score: nothing is known")
            : _t("Score %s of 100", this.number(score));
    }

    /** The factors that count, and those that are unknown or mere knock-outs after them. */
    get parts() {
        return [...this.card.parts].sort((a, b) => b.effective_weight - a.effective_weight || b.weight - a.weight);
    }

    color(points) {
        return points >= 65 ? "bg-success" : points >= 40 ? "bg-warning" : "bg-danger";
    }

    stateText(part) {
        return { missing: _t("unknown"), stale: _t("out of date"), unmatched: _t("in no band") }[part.state] || "";
    }

    gainText(change) {
        return change.gain === null ? "" : _t("+%(gain)s points → %(grade)s", { gain: this.number(change.gain), grade: change.grade });
    }

    get history() {
        const history = this.card.history || [];
        const color = getColor(BLUE, cookie.get("color_scheme"), "odoo");
        return {
            label: history.map((each) => `${formatDate(deserializeDate(each.date))}: ${each.grade} (${this.number(each.score)})`).join("; "),
            config: {
                type: "line",
                data: {
                    labels: history.map((each) => formatDate(deserializeDate(each.date))),
                    datasets: [
                        {
                            label: _t("Score"),
                            data: history.map((each) => each.score),
                            borderColor: color,
                            backgroundColor: hexToRGBA(color, 0.15),
                            fill: true,
                            pointRadius: 4,
                            stepped: "before",
                        },
                    ],
                },
                options: {
                    plugins: {
                        legend: { display: false },
                        tooltip: { callbacks: { label: (item) => `${history[item.dataIndex].grade}: ${this.number(item.raw)}` } },
                    },
                    scales: { x: { ticks: { maxRotation: 0, autoSkip: true } }, y: { min: 0, max: 100 } },
                },
            },
        };
    }

    /** The width of a step's bar: its amount against the largest one. */
    share(step) {
        const largest = Math.max(...this.card.limit.steps.map((each) => each.value || 0), 0);
        return largest && step.value ? (100 * step.value) / largest : 0;
    }

    async openEvidence(part) {
        const action = await this.orm.call("credit.assessment.line", "action_view_evidence", [[part.id]]);
        await this.action.doAction(action);
    }
}

registry.category("fields").add("credit_rating", {
    component: CreditRating,
    displayName: _t("Rating of a customer"),
    supportedTypes: ["json"],
});
