/* Part of credit_management. License LGPL-3.0 or later. */
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getCustomColor } from "@web/core/colors/colors";

import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";

/**
 * A chart in the colours of the web client. `config` is Chart.js's own ({ type, data, options }); `label` is what a
 * screen reader says of it.
 */
export class CreditChart extends Component {
    static template = "credit_management.CreditChart";
    static props = {
        config: Object,
        label: String,
        height: { type: Number, optional: true },
    };
    static defaultProps = { height: 200 };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new Chart(this.canvas.el, this.config);
                return () => chart.destroy();
            },
            () => [JSON.stringify(this.props.config)]
        );
    }

    get config() {
        const scheme = cookie.get("color_scheme");
        const text = getCustomColor(scheme, "#374151", "#E4E4E4");
        const grid = getCustomColor(scheme, "rgba(0, 0, 0, 0.08)", "rgba(255, 255, 255, 0.12)");
        const { type, data, options = {} } = this.props.config;
        const scales = {};
        for (const [axis, scale] of Object.entries(options.scales || { x: {}, y: {} })) {
            scales[axis] = {
                ...scale,
                ticks: { color: text, ...scale.ticks },
                grid: { color: axis === "x" ? "transparent" : grid, ...scale.grid },
            };
        }
        return {
            type,
            data,
            options: {
                responsive: true,
                maintainAspectRatio: false,
                animation: false,
                ...options,
                plugins: {
                    ...options.plugins,
                    legend: { position: "bottom", labels: { color: text, boxWidth: 12 }, ...options.plugins?.legend },
                    title: { color: text, ...options.plugins?.title },
                },
                scales,
            },
        };
    }
}
