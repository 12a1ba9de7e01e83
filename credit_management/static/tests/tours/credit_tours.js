/* Part of credit_management. License LGPL-3.0 or later. */
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** As if a person had chosen a file from the disk. */
function chooseFile(input, name, text) {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "text/csv" }));
    input.files = data.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

tours.add("credit_order_held", {
    steps: () => [
        {
            content: "The quotation shows how much of the limit it would take",
            trigger: ".o_credit_meter.o_credit_over .o_credit_segment_document",
        },
        {
            content: "Confirm the order",
            trigger: ".o_statusbar_buttons button[name=action_confirm]:visible",
            run: "click",
        },
        {
            content: "A message says that it is held",
            trigger: ".o_notification:contains(On credit hold)",
        },
        {
            content: "The form says so too, and why",
            trigger: ".alert-danger:contains(This order is on credit hold)",
        },
        {
            trigger: ".o_field_widget[name=credit_message]:contains(What would unblock it)",
        },
        {
            content: "Ask for its release",
            trigger: ".o_statusbar_buttons button[name=action_ask_release]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit They pay on Friday",
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

tours.add("credit_hold_released", {
    steps: () => [
        {
            content: "The held order waits in the queue, with the salesperson's note",
            trigger: ".o_data_row:contains(Lumber Inc):contains(They pay on Friday) .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name=action_release]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit Reliable",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Reliable customer)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit Good customer since years",
        },
        {
            trigger: ".modal footer button[name=action_apply]:contains(Release)",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "Nothing is left in the queue",
            trigger: ".o_list_view:not(:has(.o_data_row:contains(They pay on Friday)))",
        },
    ],
});

tours.add("credit_limit_asked_from_order", {
    steps: () => [
        {
            content: "The order is held, and a higher limit would let it pass",
            trigger: ".o_statusbar_buttons button[name=action_ask_limit]",
            run: "click",
        },
        {
            content: "What is needed is proposed",
            trigger: ".modal .o_field_widget[name=amount] input:value(1,500.00)",
        },
        {
            content: "… and previewed",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:contains(Lumber Inc):contains(1,500.00)",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit They have grown",
        },
        {
            trigger: ".modal footer button[name=action_ask]",
            run: "click",
        },
        {
            content: "The request says who decides on it",
            trigger: ".o_form_view .alert-info:contains(1 more to approve it)",
        },
        {
            trigger: ".o_form_view:not(:has(button[name=action_grant]:visible)) button[name=action_withdraw]:visible",
        },
    ],
});

tours.add("credit_limit_approved", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button[name=action_grant]:visible",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Granted)",
        },
    ],
});

tours.add("credit_order_confirmed_at_last", {
    steps: () => [
        {
            trigger: ".alert-success:contains(Nothing stands against this order any more)",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_confirm]:visible",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Sales Order)",
        },
    ],
});

tours.add("credit_limit_revoked", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button[name=action_revoke]:visible",
            run: "click",
        },
        {
            content: "It is asked once more, as it takes effect at once",
            trigger: ".modal:contains(Revoke this limit) footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Revoked)",
        },
    ],
});

tours.add("credit_invoice_meter", {
    steps: () => [
        {
            content: "The invoice shows the customer's limit, exposure and what is overdue",
            trigger: ".o_credit_meter[role=img] .o_credit_meter_limit:contains(1,000.00)",
        },
        {
            trigger: ".o_credit_meter:contains(Receivables):contains(400.00)",
        },
        {
            trigger: ".o_credit_meter .text-danger:contains(Overdue):contains(400.00)",
        },
    ],
});

tours.add("credit_policy_rule", {
    steps: () => [
        {
            trigger: ".o_field_widget[name=rule_ids] .o_data_row:contains(100) td[name=percent]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=rule_ids] .o_selected_row .o_field_widget[name=percent] input",
            run: "edit 90",
        },
        {
            content: "What the rule says follows what is typed",
            trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=rule_ids] .o_data_row td[name=description]:contains(90)",
        },
        {
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_button_save:visible))",
        },
    ],
});

tours.add("credit_policy_published", {
    steps: () => [
        {
            content: "What is different from the version in force is said line by line",
            trigger: ".o_notebook a[name=version]",
            run: "click",
        },
        {
            trigger: ".o_credit_differences tr:contains(Days of grace):contains(9)",
        },
        {
            trigger: "button[name=action_publish]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit Agreed by the board",
        },
        {
            trigger: ".modal footer button[name=action_publish]",
            run: "click",
        },
        {
            content: "It is in force, and to be read",
            trigger: "body:not(:has(.modal)) .o_statusbar_status button.o_arrow_button_current:contains(Published)",
        },
        {
            trigger: "button[name=action_acknowledge]",
            run: "click",
        },
        {
            trigger: ".o_form_view:not(:has(button[name=action_acknowledge]))",
        },
    ],
});

tours.add("credit_enrol", {
    steps: () => [
        {
            content: "A customer's credit tab says that he is not under control",
            trigger: ".o_notebook .nav-link[name=credit]",
            run: "click",
        },
        {
            trigger: "button[name=action_enrol_credit]",
            run: "click",
        },
        {
            content: "What will happen is shown beforehand",
            trigger: ".modal .o_field_widget[name=count_new]:contains(1)",
        },
        {
            trigger: ".modal footer button[name=action_enrol]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_action_manager",
        },
        {
            trigger: ".o_data_row:contains(New Customer Ltd), .o_form_view:contains(New Customer Ltd)",
        },
    ],
});

tours.add("credit_statement_entered", {
    steps: () => [
        {
            content: "The customer's profile says what is missing",
            trigger: ".o_notebook a[name=information]",
            run: "click",
        },
        {
            trigger: ".o_credit_information button[data-part=statement]:contains(missing)",
        },
        {
            trigger: ".o_notebook a[name=statements]",
            run: "click",
        },
        {
            trigger: "button[name=action_new_statement]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=date_end] input, .o_field_widget[name=date_end] button",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=date_end] input",
            run: "edit 12/31/2024 && press Tab",
        },
        {
            trigger: "tr[data-code=cash] input",
            run: "edit 1,000 && press Tab",
        },
        {
            content: "A column copied from a spreadsheet fills the lines from there on",
            trigger: "tr[data-code=receivables] input",
            run({ anchor }) {
                const data = new DataTransfer();
                data.setData("text", "2000\n\n500\n100\n");
                anchor.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
            },
        },
        {
            content: "The total follows by itself",
            trigger: "tr[data-code=total_current_assets] input[placeholder='3,600']",
            run: "edit 3,700 && press Tab",
        },
        {
            content: "One that contradicts its parts is shown",
            trigger: ".o_credit_difference:contains(3,700):contains(3,600)",
        },
        {
            trigger: ".o_form_button_save:visible",
            run: "click",
        },
        {
            trigger: "button[name=action_confirm]:visible",
            run: "click",
        },
        {
            content: "… and keeps the statement from being confirmed",
            trigger: ".modal:contains(contradicts itself):contains(Total current assets)",
        },
        {
            trigger: ".modal button.btn-primary",
            run: "click",
        },
        {
            trigger: "tr[data-code=total_current_assets] input",
            run: "clear && press Tab",
        },
        {
            trigger: ".o_credit_sheet:not(:has(.o_credit_difference))",
        },
        {
            trigger: "button[name=action_confirm]:visible",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Confirmed)",
        },
        {
            content: "The figures can no longer be edited",
            trigger: ".o_credit_sheet:not(:has(input)) tr[data-code=cash]:contains(1,000)",
        },
        {
            trigger: ".o_notebook a[name=ratios]",
            run: "click",
        },
        {
            trigger: ".o_credit_comparison tr[data-code=working_capital], .o_credit_comparison th:contains(2024)",
        },
    ],
});

tours.add("credit_statement_imported", {
    steps: () => [
        {
            trigger: ".o_control_panel button:contains(Import)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=partner_id] input",
            run: "edit Lumber",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Lumber Inc)",
            run: "click",
        },
        {
            content: "A bad file says which cell is wrong",
            trigger: ".modal .o_field_widget[name=file] input:not(:visible)",
            run: ({ anchor }) => chooseFile(anchor, "bad.csv", "Item,2024\nCash,lots\n"),
        },
        {
            trigger: ".modal .o_credit_preview .alert-danger:contains(B2):contains(lots)",
        },
        {
            trigger: ".modal .o_field_widget[name=file] .o_clear_file_button",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=file] input:not(:visible)",
            run: ({ anchor }) => chooseFile(anchor, "good.csv", "Item,2024\nCash,70\n"),
        },
        {
            trigger: ".modal .o_credit_preview .alert-success:contains(2024)",
        },
        {
            trigger: ".modal button[name=action_import]",
            run: "click",
        },
        {
            trigger: ".o_credit_sheet tr[data-code=cash] input",
        },
    ],
});

tours.add("credit_payment_behaviour", {
    steps: () => [
        {
            trigger: ".o_notebook .nav-link[name=payment]",
            run: "click",
        },
        {
            content: "The figures are there",
            trigger: ".o_field_widget[name=median_days_late]:contains(10)",
        },
        {
            content: "The charts are drawn",
            trigger: ".o_credit_payment_course:has(canvas)",
            run() {
                const canvases = [...document.querySelectorAll(".o_credit_payment_course canvas")];
                if (canvases.length !== 4 || canvases.some((canvas) => !window.Chart.getChart(canvas))) {
                    throw new Error("Four charts should have been drawn.");
                }
                if (!canvases[0].getAttribute("aria-label").includes(": 10.00")) {
                    throw new Error("A chart should say its values to a screen reader.");
                }
            },
        },
    ],
});

tours.add("credit_dispute", {
    steps: () => [
        {
            trigger: "button[name=action_credit_dispute]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Two chairs damaged",
        },
        {
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            trigger: ".alert:contains(Two chairs damaged)",
        },
        {
            trigger: "button[name=action_credit_dispute_settled]",
        },
    ],
});

const FIGURES = `Item,2025
Cash,100
Trade receivables,200
Inventories,100
Other current assets,0
Total current assets,400
Tangible fixed assets,400
Intangible assets,0
Total assets,800
Short-term debt,200
Total current liabilities,200
Long-term debt,300
Total liabilities,500
Retained earnings,300
Total equity,300
Revenue,1000
Operating profit,60
Interest expense,20
Net profit,40
Depreciation and amortisation,20
`;

tours.add("credit_customer_assessed", {
    steps: () => [
        {
            trigger: ".o_notebook .nav-link[name=statements]",
            run: "click",
        },
        {
            trigger: "button[name=action_import_statements]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=file] input:not(:visible)",
            run: ({ anchor }) => chooseFile(anchor, "2025.csv", FIGURES),
        },
        {
            trigger: ".modal .o_credit_preview .alert-success:contains(2025)",
        },
        {
            trigger: ".modal button[name=action_import]",
            run: "click",
        },
        {
            trigger: ".o_credit_sheet tr[data-code=total_equity] input",
        },
        {
            trigger: "button[name=action_confirm]:visible",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Confirmed)",
        },
        {
            content: "Back to the customer",
            trigger: ".o_breadcrumb a:contains(Lumber Inc)",
            run: "click",
        },
        {
            trigger: "button[name=action_assess]:visible",
            run: "click",
        },
        {
            content: "Each factor says its value, what it weighs and what it brings",
            trigger: ".o_credit_rating tr[data-factor=equity_ratio]:contains(37.5) .progress-bar.bg-success",
        },
        {
            content: "What is unknown is not 0",
            trigger: ".o_credit_rating tr[data-factor=median_days_late].text-muted:contains(unknown)",
        },
        {
            content: "What would raise the grade",
            trigger: ".o_credit_rating h4:contains(What would raise the grade to)",
        },
        {
            content: "How the limit comes about, and that the need is not known",
            trigger: ".o_credit_step:contains(Not above the need):contains(Figures it needs are not known)",
        },
        {
            content: "The evidence is a click away",
            trigger: ".o_credit_rating tr[data-factor=equity_ratio] button",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Lumber Inc):contains(2025)",
        },
    ],
});

tours.add("credit_grade_moved", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(Lumber Inc) td[name=partner_id]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=override_grade_id] input",
            run: "edit BB",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(BB):not(:contains(BBB))",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=override_reason] textarea",
            run: "edit They have lost their largest customer",
        },
        {
            trigger: ".o_form_button_save:visible",
            run: "click",
        },
        {
            content: "The grade is the expert's, and the page says so",
            trigger: ".o_credit_rating:contains(moved by an expert)",
        },
        {
            trigger: "button[name=action_confirm]:visible",
            run: "click",
        },
        {
            content: "Who moved it doesn't confirm it",
            trigger: ".modal:contains(You moved the grade of “Lumber Inc” yourself)",
        },
        {
            trigger: ".modal button.btn-primary",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_arrow_button_current:contains(Draft)",
        },
    ],
});

tours.add("credit_grade_confirmed", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(Lumber Inc) td[name=partner_id]",
            run: "click",
        },
        {
            trigger: "button[name=action_confirm]:visible",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Confirmed)",
        },
        {
            trigger: ".o_field_widget[name=profile_id] a",
            run: "click",
        },
        {
            content: "The customer has the grade",
            trigger: ".o_notebook .nav-link[name=rating]",
            run: "click",
        },
        {
            trigger: ".tab-pane.active .o_field_widget[name=grade_id]:contains(BB):not(:contains(BBB))",
        },
        {
            trigger: ".tab-pane.active .o_credit_rating:contains(moved by an expert):has(canvas)",
        },
    ],
});

tours.add("credit_scorecard_edited", {
    steps: () => [
        {
            trigger: "button[name=action_new_version]:visible",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Draft)",
        },
        {
            trigger: ".o_field_widget[name=factor_ids] .o_data_row:contains(Equity ratio) td[name=display_name]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=band_ids] .o_data_row td[name=points]:contains(75)",
            run: "click",
        },
        {
            trigger: ".modal .o_selected_row .o_field_widget[name=points] input",
            run: "edit 175",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_notebook .nav-link[name=preview]",
            run: "click",
        },
        {
            content: "What is wrong is said while one edits",
            trigger: ".o_credit_rating .alert-warning:contains(points are 0 to 100)",
        },
        {
            content: "… and what it makes of a customer",
            trigger: ".o_credit_rating tr[data-factor=equity_ratio]",
        },
        {
            trigger: ".o_notebook .nav-link[name=factors]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=factor_ids] .o_data_row:contains(Equity ratio) td[name=display_name]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=band_ids] .o_data_row td[name=points]:contains(175)",
            run: "click",
        },
        {
            trigger: ".modal .o_selected_row .o_field_widget[name=points] input",
            run: "edit 70",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_button_save:visible",
            run: "click",
        },
        {
            trigger: ".o_form_saved button[name=action_activate]:visible",
            run: "click",
        },
        {
            trigger: ".modal:contains(From now on) .modal-footer .btn-primary",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            trigger: ".o_arrow_button_current:contains(Active)",
        },
    ],
});

tours.add("credit_simulation_started", {
    steps: () => [
        {
            content: "A new simulation",
            trigger: ".o_control_panel .o_list_button_add, .o_control_panel .o-kanban-button-new",
            run: "click",
        },
        {
            content: "Choose the draft",
            trigger: ".o_field_widget[name=draft_id] input",
            run: "edit Draft: half",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Draft: half)",
            run: "click",
        },
        {
            content: "Start it",
            trigger: "button[name=action_start]",
            run: "click",
        },
        {
            content: "It says that it is at work",
            trigger: ".alert-info:contains(It runs in the background)",
        },
    ],
});

tours.add("credit_simulation_read", {
    steps: () => [
        {
            content: "What the draft alone would have held",
            trigger: ".o_credit_simulation tr:contains(Held by the draft only):contains(600.00) button[data-result=stricter]",
            run: "click",
        },
        {
            content: "The order behind it",
            trigger: ".o_data_row:contains(Lumber Inc):contains(Limit usage) td[name=name]",
            run: "click",
        },
        {
            content: "Why, by either policy",
            trigger: ".o_field_widget[name=explanation_after]:contains(more than the)",
        },
        {
            trigger: ".o_field_widget[name=explanation_before]:contains(Nothing stands against it)",
        },
        {
            content: "And what became of it",
            trigger: ".o_field_widget[name=unpaid]:contains(600.00)",
        },
    ],
});

tours.add("credit_what_if", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button[name=action_credit_what_if]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=outcome]:contains(Is held)",
        },
        {
            trigger: ".modal .o_field_widget[name=payment] input",
            run: "edit 500 && click .modal .o_field_widget[name=explanation]",
        },
        {
            content: "What would follow is shown at once",
            trigger: ".modal .o_field_widget[name=outcome]:contains(Passes)",
        },
        {
            trigger: ".modal .o_field_widget[name=outcome_now]:contains(Is held)",
        },
        {
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
    ],
});

tours.add("credit_dashboard", {
    steps: () => [
        {
            content: "The figures are there",
            trigger: ".o_credit_tile[data-tile=exposure] .o_credit_tile_value:contains(1,240.00)",
        },
        {
            trigger: ".o_credit_tile[data-tile=overdue] .o_credit_tile_value:contains(840.00)",
        },
        {
            content: "A tile opens its list",
            trigger: ".o_credit_tile[data-tile=overdue]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Lumber Inc)",
        },
        {
            content: "And back again",
            trigger: ".o_breadcrumb a:contains(Credit Dashboard), .breadcrumb a:contains(Credit Dashboard)",
            run: "click",
        },
        {
            content: "So does a bucket of the ageing",
            trigger: ".o_credit_dashboard [data-ageing='2']:contains(840.00)",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(840.00)",
        },
    ],
});

tours.add("credit_forecast", {
    steps: () => [
        {
            trigger: ".o_notebook a[name=forecast]",
            run: "click",
        },
        {
            content: "Whether the limit is reached is said in words",
            trigger: ".o_credit_forecast:contains(above the limit already)",
        },
        {
            trigger: ".o_credit_forecast canvas[aria-label*='1,240.00']",
        },
    ],
});

tours.add("credit_provision", {
    steps: () => [
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: "button[name=action_reckon]",
            run: "click",
        },
        {
            content: "The receivables are in their buckets",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(31–60 days):contains(840.00)",
        },
        {
            content: "It can be printed",
            trigger: "button[name=action_print]",
        },
    ],
});
