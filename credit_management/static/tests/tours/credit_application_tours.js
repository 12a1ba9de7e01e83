/* Part of credit_management. License LGPL-3.0 or later. */
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("credit_portal_applied", {
    steps: () => [
        {
            content: "The home page leads to the customer's credit",
            trigger: ".o_portal_index_card a[href='/my/credit']:contains(My credit):visible",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "What is available is there",
            trigger: "[name=credit_figures]:contains(Available):contains(1,000.00)",
        },
        {
            trigger: "a:contains(Apply for more credit)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "input[name=amount]",
            run: "edit 8000",
        },
        {
            trigger: "textarea[name=purpose]",
            run: "edit A second shop",
        },
        {
            trigger: "input[name=founded]",
            run: "edit 1999",
        },
        {
            content: "A supplier without a name is asked for",
            trigger: "input[name=reference_phone_1]",
            run: "edit +1 555 0100",
        },
        {
            trigger: "form.o_credit_apply button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".invalid-feedback:contains(Say which company this is)",
        },
        {
            content: "What was typed in is still there",
            trigger: "textarea[name=purpose]:value(A second shop)",
        },
        {
            trigger: "input[name=reference_name_1]",
            run: "edit Planks Ltd",
        },
        {
            trigger: "form.o_credit_apply button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-success:contains(your application has reached us)",
        },
        {
            trigger: "[name=credit_state]:contains(Submitted)",
        },
    ],
});

tours.add("credit_application_processed", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button[name=action_review]",
            run: "click",
        },
        {
            content: "What is new is shown before it is taken over",
            trigger: ".o_notebook .nav-link[name=differences]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=differences]:contains(Founded)",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_take_over]",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_notebook_content:contains(in the customer's file already)",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_ask_limit]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=amount] input:value(8,000.00)",
        },
        {
            trigger: ".modal footer button[name=action_ask]",
            run: "click",
        },
        {
            content: "The request says who decides on it",
            trigger: ".o_form_view .alert-info:contains(1 more to approve it)",
        },
    ],
});

tours.add("credit_application_granted", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button[name=action_grant]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Granted)",
        },
        {
            content: "From here to the application, which is approved by that",
            trigger: ".o_field_widget[name=application_id] a",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Approved)",
        },
    ],
});
