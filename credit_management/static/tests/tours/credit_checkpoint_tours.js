/* Part of credit_management. License LGPL-3.0 or later. */
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("credit_invoice_held", {
    steps: () => [
        {
            content: "The draft shows how much of the limit it would take",
            trigger: ".o_credit_meter.o_credit_over .o_credit_segment_document",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_post]:visible",
            run: "click",
        },
        {
            content: "A message says that it is held",
            trigger: ".o_notification:contains(On credit hold)",
        },
        {
            content: "The form says so too",
            trigger: ".alert-danger:contains(This invoice is on credit hold)",
        },
        {
            content: "Ask for its release",
            trigger: ".o_statusbar_buttons button[name=action_ask_release]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit Service is done already",
        },
        {
            trigger: ".modal button[name=action_ask]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(You will be told)",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
    ],
});

tours.add("credit_invoice_posted_at_last", {
    steps: () => [
        {
            trigger: ".alert-info:contains(Released by credit control)",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_post]:visible",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current[data-value=posted]",
        },
    ],
});
