/* Part of credit_management. License LGPL-3.0 or later. */
import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("credit_crm_opportunity", {
    steps: () => [
        {
            content: "The opportunity shows how much of the limit it would take",
            trigger: ".o_credit_meter .o_credit_segment_document",
        },
        {
            content: "… and what would become of an order, and why",
            trigger: ".alert-danger .o_field_widget[name=credit_message]:contains(would be held)",
        },
        {
            trigger: ".o-form-buttonbox button[name=action_view_credit_profile]:contains(Credit)",
        },
        {
            content: "Make a quotation of it",
            trigger: ".o_statusbar_buttons button[name=action_sale_quotations_new]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=order_line] .o_field_x2many_list_row_add a:first",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=order_line] .o_selected_row .o_field_widget[name=product_template_id] input, .o_field_widget[name=order_line] .o_selected_row .o_field_widget[name=product_id] input",
            run: "edit Machine hall",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Machine hall)",
            run: "click",
        },
        {
            content: "The quotation says it too, before anything is saved",
            trigger: ".alert-danger .o_field_widget[name=credit_message]:contains(What would unblock it)",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
        {
            content: "Back to the opportunity",
            trigger: ".o_breadcrumb a:contains(New hall)",
            run: "click",
        },
        {
            trigger: ".o_lead_opportunity_form button[name=action_set_won_rainbowman]",
            run: "click",
        },
        {
            content: "It is won all the same, and the chatter says what is to be arranged",
            trigger: ".o-mail-Message:contains(would be held)",
        },
    ],
});
