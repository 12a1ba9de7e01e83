/* Part of credit_management. License LGPL-3.0 or later. */
import { _t } from "@web/core/l10n/translation";
import { MonetaryField, monetaryField } from "@web/views/fields/monetary/monetary_field";
import { registry } from "@web/core/registry";

/**
 * The amount of a customer's limit where that is one: "Unlimited", "Ended" and "None" are said in words, as 0 is a
 * limit too. Option `status_field`: the field that says which (`limit_status`), or a
 * boolean that says whether it is unlimited.
 */
export class CreditLimitField extends MonetaryField {
    static template = "credit_management.CreditLimitField";
    static props = { ...MonetaryField.props, statusField: { type: String, optional: true } };
    static defaultProps = { ...MonetaryField.defaultProps, statusField: "limit_status" };

    get status() {
        const value = this.props.record.data[this.props.statusField];
        if (this.props.record.fields[this.props.statusField].type === "boolean") {
            return value ? "unlimited" : "valid";
        }
        return value;
    }

    /** What is said instead of an amount. */
    get words() {
        return { unlimited: _t("Unlimited"), expired: _t("Ended"), none: _t("None") }[this.status] || "";
    }
}

export const creditLimitField = {
    ...monetaryField,
    component: CreditLimitField,
    displayName: _t("Credit limit"),
    supportedTypes: ["monetary"],
    fieldDependencies: ({ options }) => [{ name: options.status_field || "limit_status", type: options.status_field === "unlimited" ? "boolean" : "selection" }],
    extractProps: (info) => ({
        ...monetaryField.extractProps(info),
        ...(info.options.status_field ? { statusField: info.options.status_field } : {}),
    }),
};

registry.category("fields").add("credit_limit", creditLimitField);
