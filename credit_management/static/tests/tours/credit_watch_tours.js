/* Part of credit_management. License LGPL-3.0 or later. */
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("credit_alert_acknowledged", {
    steps: () => [
        {
            content: "The alerts that are not resolved are listed, each with what was found",
            trigger: ".o_data_row:contains(Lumber Inc):contains(is overdue) .o_data_cell[name=summary]",
            run: "click",
        },
        {
            content: "Let it rest, for a reason",
            trigger: ".o_statusbar_buttons button[name=action_snooze]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] input",
            run: "edit Pays on Friday",
        },
        {
            trigger: ".modal button[name=action_snooze]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_field_widget[name=snoozed_until]",
        },
        {
            trigger: ".o-mail-Message:contains(Pays on Friday)",
        },
        {
            content: "See to it after all",
            trigger: ".o_statusbar_buttons button[name=action_acknowledge]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=acknowledged_by]",
        },
        {
            content: "The customer's profile has the alerts, and the trend of the figures",
            trigger: "button[name=action_view_profile]:visible",
            run: "click",
        },
        {
            trigger: "button[name=action_view_alerts]:contains(Alerts)",
        },
        {
            trigger: ".o_notebook .nav-link[name=trend]",
            run: "click",
        },
        {
            trigger: ".o_credit_trend .o_credit_chart canvas",
        },
    ],
});

tours.add("credit_monitor_run", {
    steps: () => [
        {
            trigger: ".o_control_panel button[name=action_run_now]:visible",
            run: "click",
        },
        {
            content: "The run is under way",
            trigger: ".o_form_view .o_field_widget[name=progress]",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_refresh]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=total]",
        },
    ],
});

tours.add("credit_alerts_of_my_customers", {
    steps: () => [
        {
            content: "A salesperson finds the alerts of his customers in the sales menu",
            trigger: ".o_menu_sections button:contains(Orders)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .dropdown-item:contains(Credit Alerts)",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Lumber Inc):contains(is overdue)",
        },
    ],
});
