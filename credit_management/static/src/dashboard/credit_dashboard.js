/* Part of credit_management. License LGPL-3.0 or later. */
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor, hexToRGBA } from "@web/core/colors/colors";
import { deserializeDate, deserializeDateTime, formatDate, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { user } from "@web/core/user";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { formatFloat, formatInteger, formatMonetary } from "@web/views/fields/formatters";

import { Component, onWillStart, useState } from "@odoo/owl";

import { CreditChart } from "../chart/credit_chart";
import { CreditOnboarding } from "../onboarding/credit_onboarding";

// in bright and in dark mode
const COLORS = {
    blue: ["#2f6fb7", "#6ea8e6"],
    plum: ["#875a7b", "#c39bb8"],
    green: ["#28a745", "#4cc26a"],
    amber: ["#e08a00", "#f0ad4e"],
    red: ["#c0392b", "#ff7b6b"],
};
const AGEING = ["green", "amber", "amber", "red", "red"];
const STATUS = { ok: "success", near: "warning", expired: "warning", none: "secondary", over: "danger", overdue: "danger", hold: "danger" };

/**
 * The portfolio on one screen. Every figure comes from `credit.dashboard` together with the list behind it, and opens
 * that list.
 */
export class CreditDashboard extends Component {
    static template = "credit_management.CreditDashboard";
    static components = { Layout, CreditChart, CreditOnboarding };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ data: null, company: false, currency: false, team: false, worst: null, loading: false });
        onWillStart(() => this.load());
    }

    get data() {
        return this.state.data;
    }

    get display() {
        return { controlPanel: {} };
    }

    async load() {
        this.state.loading = true;
        try {
            const data = await this.orm.call("credit.dashboard", "read_figures", [], {
                company_id: this.state.company,
                currency_id: this.state.currency,
                team_id: this.state.team,
                context: user.context,
            });
            Object.assign(this.state, {
                data, company: data.company_id, currency: data.invoice_currency_id, team: data.team_id,
            });
            if (!data.worst.some((table) => table.key === this.state.worst)) {
                this.state.worst = data.worst[0]?.key || null;
            }
        } finally {
            this.state.loading = false;
        }
    }

    choose(name, event) {
        this.state[name] = Number(event.target.value) || false;
        if (name === "company") {
            // what another company has may not be there at all
            Object.assign(this.state, { currency: false, team: false });
        }
        return this.load();
    }

    open(action) {
        return this.action.doAction(action);
    }

    openProfile(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "credit.profile",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    /** The customers behind what is borne of a risk. */
    openBorne(ceiling) {
        return this.action.doActionButton({
            type: "object", name: "action_view", resModel: "credit.appetite", resId: ceiling.id, context: user.context,
        });
    }

    openEnrol() {
        return this.action.doAction("credit_management.action_credit_enrol");
    }

    /** The tiles by section, in the order in which they come. */
    get sections() {
        const sections = [];
        for (const tile of this.data.tiles) {
            if (sections.at(-1)?.label !== tile.section) {
                sections.push({ label: tile.section, tiles: [] });
            }
            sections.at(-1).tiles.push(tile);
        }
        return sections;
    }

    // -- words

    money(amount) {
        return formatMonetary(amount, { currencyId: this.data.currency_id, humanReadable: Math.abs(amount) >= 1e6 });
    }

    percent(part) {
        return `${formatFloat(part * 100, { digits: [16, Math.abs(part) < 0.1 ? 1 : 0] })} %`;
    }

    value(tile) {
        if (tile.value === undefined) {
            return "–";
        }
        return {
            money: () => this.money(tile.value),
            count: () => formatInteger(tile.value),
            percent: () => this.percent(tile.value),
            days: () => _t("%s days", formatFloat(tile.value, { digits: [16, 1] })),
        }[tile.unit]();
    }

    /** What a screen reader says of a tile. */
    spoken(tile) {
        return [tile.label, tile.value === undefined ? _t("unknown") : this.value(tile), tile.note].filter(Boolean).join(", ");
    }

    /** What is borne as a part of the ceiling, for a bar of 100 %. */
    borneShare(ceiling) {
        return Math.min(100, Math.max(0, 100 * ceiling.usage));
    }

    borneClass(ceiling) {
        return { ok: "text-bg-success", near: "text-bg-warning", over: "text-bg-danger" }[ceiling.level];
    }

    levelClass(tile) {
        return { ok: "text-success", near: "text-warning-emphasis", over: "text-danger" }[tile.level] || "";
    }

    statusClass(status) {
        return `text-bg-${STATUS[status] || "secondary"}`;
    }

    get asOf() {
        return this.data.as_of ? formatDateTime(deserializeDateTime(this.data.as_of)) : "";
    }

    get worst() {
        return this.data.worst.find((table) => table.key === this.state.worst);
    }

    statusShare(status) {
        return (100 * status.count) / this.data.customers;
    }

    // -- charts

    color(name, alpha) {
        const color = getCustomColor(cookie.get("color_scheme"), ...COLORS[name]);
        return alpha ? hexToRGBA(color, alpha) : color;
    }

    /** A bar chart whose bars open lists. */
    bars(items, value, colors, format) {
        return {
            type: "bar",
            data: {
                labels: items.map((item) => item.label),
                datasets: [{ data: items.map(value), backgroundColor: colors, maxBarThickness: 60 }],
            },
            options: {
                onClick: (_event, elements) => elements.length && this.open(items[elements[0].index].action),
                onHover: (event, elements) => {
                    event.native.target.style.cursor = elements.length ? "pointer" : "default";
                },
                plugins: {
                    legend: { display: false },
                    tooltip: { callbacks: { label: (item) => format(items[item.dataIndex]) } },
                },
                scales: {
                    x: { ticks: { maxRotation: 0 } },
                    y: { beginAtZero: true, ticks: { maxTicksLimit: 5, callback: (amount) => this.money(amount) } },
                },
            },
        };
    }

    get ageing() {
        return this.bars(
            this.data.ageing,
            (bar) => bar.amount,
            AGEING.map((name) => this.color(name, 0.8)),
            (bar) => this.money(bar.amount)
        );
    }

    get grades() {
        return this.bars(
            this.data.grades,
            (bar) => bar.amount,
            this.color("blue", 0.8),
            (bar) => _t("%(amount)s, %(count)s customers", { amount: this.money(bar.amount), count: bar.count })
        );
    }

    get trend() {
        const line = (label, key, color, extra) => ({
            label, data: this.data.trend.map((point) => point[key]), borderColor: this.color(color),
            backgroundColor: this.color(color, 0.15), borderWidth: 2, pointRadius: 2, ...extra,
        });
        return {
            type: "line",
            data: {
                labels: this.data.trend.map((point) => deserializeDate(point.day).toLocaleString({ day: "numeric", month: "short" })),
                datasets: [
                    line(_t("Limits"), "limit", "red", { borderDash: [8, 4], backgroundColor: "transparent" }),
                    line(_t("Exposure"), "exposure", "plum", { fill: true }),
                    line(_t("Overdue"), "overdue", "amber", { fill: true }),
                ],
            },
            options: {
                interaction: { mode: "index", intersect: false },
                plugins: { tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${this.money(item.raw)}` } } },
                scales: {
                    x: { ticks: { maxRotation: 0, autoSkipPadding: 12 } },
                    y: { beginAtZero: true, ticks: { maxTicksLimit: 5, callback: (amount) => this.money(amount) } },
                },
            },
        };
    }

    /** The first and the last point of the course. */
    get spokenTrend() {
        const say = (point) =>
            _t("%(day)s: exposure %(exposure)s, limits %(limits)s, overdue %(overdue)s", {
                day: formatDate(deserializeDate(point.day)),
                exposure: this.money(point.exposure),
                limits: this.money(point.limit),
                overdue: this.money(point.overdue),
            });
        return `${say(this.data.trend[0])}; ${say(this.data.trend.at(-1))}`;
    }

    spokenBars(items) {
        return items.map((item) => `${item.label}: ${this.money(item.amount)}`).join("; ");
    }
}

registry.category("actions").add("credit_dashboard", CreditDashboard);
