/* Part of credit_management. License LGPL-3.0 or later. */
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/views/fields/formatters";
import { parseFloat } from "@web/views/fields/parsers";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useService } from "@web/core/utils/hooks";

import { Component, useRef, useState } from "@odoo/owl";

/** A figure as people read it: decimals only where it has some; nothing where it is unknown. */
export function formatFigure(value, digits = 2) {
    if (value === null || value === undefined) {
        return "";
    }
    return formatFloat(value, { digits: [16, Number.isInteger(value) ? 0 : digits] });
}

/**
 * The figures of a statement as one sheet. Only what was stated is entered; totals that follow from it are shown by
 * the server (field `sheet`), which also says where figures contradict each other.
 */
export class CreditStatementSheet extends Component {
    static template = "credit_management.CreditStatementSheet";
    static props = { ...standardFieldProps };

    setup() {
        this.root = useRef("root");
        this.notification = useService("notification");
        this.state = useState({ invalid: {} });
        // what was entered and the record doesn't have yet: who types on need not wait for the totals
        this.pending = null;
        this.titles = {
            balance: _t("Balance sheet"),
            income: _t("Income statement"),
            cash_flow: _t("Cash flow statement"),
        };
    }

    get figures() {
        return this.props.record.data[this.props.name] || {};
    }

    get lines() {
        return this.props.record.data.sheet?.lines || [];
    }

    /** Sections side by side: what is owned and owed, and what was earned. */
    get columns() {
        return [["balance"], ["income", "cash_flow"]].map((sections) =>
            sections.map((code) => ({
                code,
                title: this.titles[code],
                lines: this.lines.filter((line) => line.section === code),
            }))
        );
    }

    isStated(line) {
        return line.code in this.figures;
    }

    text(line) {
        const invalid = this.state.invalid[line.code];
        return invalid === undefined ? formatFigure(this.figures[line.code]) : invalid;
    }

    derived(line) {
        return this.isStated(line) ? "" : formatFigure(line.value);
    }

    onChange(line, ev) {
        return this.enter([[line.code, ev.target.value]]);
    }

    /** Enter texts as figures of lines; an empty text makes a figure unknown. */
    async enter(entries) {
        const figures = { ...(this.pending || this.figures) };
        for (const [code, text] of entries) {
            delete this.state.invalid[code];
            if (!text.trim()) {
                delete figures[code];
                continue;
            }
            try {
                figures[code] = parseFloat(text.trim().replace(/^\((.*)\)$/, "-$1"));
            } catch {
                this.state.invalid[code] = text;
                this.notification.add(_t("“%s” is not a figure", text), { type: "danger" });
            }
        }
        const { record, name } = this.props;
        if (Object.keys(this.state.invalid).length) {
            record.setInvalidField(name);
        } else {
            record.resetFieldValidity(name);
        }
        this.pending = figures;
        await record.update({ [name]: figures });
        if (this.pending === figures) {
            this.pending = null;
        }
    }

    /** A column copied from a spreadsheet fills the lines from here on. */
    onPaste(line, ev) {
        const rows = ev.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "").split("\n");
        if (rows.length < 2) {
            return;
        }
        ev.preventDefault();
        const section = this.lines.filter((other) => other.section === line.section);
        const start = section.findIndex((other) => other.code === line.code);
        const filled = section.slice(start, start + rows.length);
        this.enter(filled.map((other, index) => [other.code, rows[index].split("\t").pop()]));
    }

    /** Enter and the arrows go up and down, as in a spreadsheet. */
    onKeydown(ev) {
        const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[ev.key];
        if (step) {
            ev.preventDefault();
            ev.stopPropagation();
            const inputs = [...this.root.el.querySelectorAll("input")];
            const next = inputs[inputs.indexOf(ev.target) + step];
            (next || ev.target).focus();
            next?.select();
        }
    }
}

registry.category("fields").add("credit_statement_sheet", {
    component: CreditStatementSheet,
    displayName: _t("Financial statement"),
    supportedTypes: ["json"],
});
