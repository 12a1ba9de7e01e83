/* Part of credit_management. License LGPL-3.0 or later. */
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("credit_first_steps", {
    steps: () => [
        {
            content: "The dashboard begins with what is still to be done",
            trigger: ".o_credit_dashboard .o_credit_onboarding_step[data-step=simulation]:not([data-done])",
        },
        {
            content: "Hide it",
            trigger: ".o_credit_onboarding_close",
            run: "click",
        },
        {
            trigger: ".o_credit_dashboard:not(:has(.o_credit_onboarding))",
        },
        {
            content: "It stays in the menu",
            trigger: "button[data-menu-xmlid='credit_management.menu_configuration']",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid='credit_management.menu_onboarding']",
            run: "click",
        },
        {
            content: "Bring it back",
            trigger: ".o_credit_onboarding_action .o_credit_onboarding_reopen",
            run: "click",
        },
        {
            trigger: ".o_credit_onboarding_close",
        },
        {
            content: "What is next leads to the right screen",
            trigger: ".o_credit_onboarding_step[data-step=simulation] button",
            run: "click",
        },
        {
            trigger: ".o_breadcrumb:contains(Policy Simulations)",
        },
    ],
});
