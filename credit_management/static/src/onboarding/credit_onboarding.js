/* Part of credit_management. License LGPL-3.0 or later. */
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { user } from "@web/core/user";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

/**
 * The checklist of an administrator's first steps, for one company. With `onDashboard` it is only there while there is
 * something left to do and nobody has closed it.
 */
export class CreditOnboarding extends Component {
    static template = "credit_management.CreditOnboarding";
    static props = { companyId: { type: [Number, Boolean], optional: true }, onDashboard: { type: Boolean, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ data: null });
        onWillStart(() => this.load(this.props.companyId));
        onWillUpdateProps((next) => next.companyId !== this.props.companyId && this.load(next.companyId));
    }

    async load(companyId) {
        if (await user.hasGroup("credit_management.group_admin")) {
            this.state.data = await this.orm.call("credit.onboarding", "read_steps", [], {
                company_id: companyId || null, context: user.context,
            });
        }
    }

    get data() {
        return this.state.data;
    }

    get done() {
        return this.data.steps.filter((step) => step.done).length;
    }

    get share() {
        return Math.round((100 * this.done) / this.data.steps.length);
    }

    get isShown() {
        return this.data && !(this.props.onDashboard && (this.data.closed || this.done === this.data.steps.length));
    }

    /** The first step that is not done yet is the one to take now. */
    get nextKey() {
        return this.data.steps.find((step) => !step.done)?.key;
    }

    open(step) {
        return this.action.doAction(step.action);
    }

    async setClosed(closed) {
        await this.orm.call("credit.onboarding", "set_closed", [closed], { company_id: this.data.company_id });
        this.data.closed = closed;
    }
}

/** The same as a screen of its own, from the menu. */
export class CreditOnboardingAction extends Component {
    static template = "credit_management.CreditOnboardingAction";
    static components = { Layout, CreditOnboarding };
    static props = { ...standardActionServiceProps };

    get display() {
        return { controlPanel: {} };
    }
}

registry.category("actions").add("credit_onboarding", CreditOnboardingAction);
