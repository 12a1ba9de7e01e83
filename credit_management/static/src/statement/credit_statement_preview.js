/* Part of credit_management. License LGPL-3.0 or later. */
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/** What would be imported from a file, and what is wrong with it. */
export class CreditStatementPreview extends Component {
    static template = "credit_management.CreditStatementPreview";
    static props = { ...standardFieldProps };

    get preview() {
        return this.props.record.data[this.props.name] || null;
    }
}

registry.category("fields").add("credit_statement_preview", {
    component: CreditStatementPreview,
    displayName: _t("Preview of an import"),
    supportedTypes: ["json"],
});
