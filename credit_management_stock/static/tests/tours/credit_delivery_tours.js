/* Part of credit_management. License LGPL-3.0 or later. */
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("credit_delivery_held", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button[name=button_validate]:visible",
            run: "click",
        },
        {
            content: "A message says that it is held, and whom to ask",
            trigger: ".o_notification:contains(On credit hold):contains(ask)",
        },
        {
            content: "The form says so too, without figures",
            trigger: ".alert-danger:contains(Credit hold – ask)",
        },
        {
            trigger: ".o_form_view:not(:has(.o_credit_meter))",
        },
    ],
});

tours.add("credit_delivery_sent_at_last", {
    steps: () => [
        {
            trigger: ".alert-success:contains(it can be validated now)",
        },
        {
            trigger: ".o_statusbar_buttons button[name=button_validate]:visible",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current[data-value=done]",
        },
    ],
});
