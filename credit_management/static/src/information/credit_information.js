/* Part of credit_management. License LGPL-3.0 or later. */
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useService } from "@web/core/utils/hooks";

import { Component } from "@odoo/owl";

/**
 * How complete and fresh the file on a customer is, with a button to whatever is missing. The figures come from
 * `credit.profile._information`.
 */
export class CreditInformation extends Component {
    static template = "credit_management.CreditInformation";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get information() {
        return this.props.record.data[this.props.name] || null;
    }

    percent(share) {
        return `${Math.round(share * 100)} %`;
    }

    status(part) {
        if (!part.share) {
            return _t("missing");
        }
        const parts = [];
        if (part.share < 1) {
            parts.push(this.percent(part.share));
        }
        if (part.age !== null) {
            parts.push(part.age > 60 ? _t("%s months old", Math.round(part.age / 30.4)) : _t("%s days old", part.age));
        }
        if (part.stale) {
            parts.push(_t("out of date"));
        }
        return parts.join(", ");
    }

    icon(part) {
        if (!part.share) {
            return "fa-circle-o text-muted";
        }
        return part.stale || part.share < 1 ? "fa-adjust text-warning" : "fa-check-circle text-success";
    }

    async complete(part) {
        const { resModel, resId } = this.props.record;
        const action = await this.orm.call(resModel, "action_complete", [[resId], part.code]);
        await this.action.doAction(action, { onClose: () => this.props.record.load() });
    }
}

registry.category("fields").add("credit_information", {
    component: CreditInformation,
    displayName: _t("What is known of a customer"),
    supportedTypes: ["json"],
});
