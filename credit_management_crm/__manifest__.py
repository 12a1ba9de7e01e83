# Part of credit_management. License LGPL-3.0 or later.
{
    "name": "Credit Management – CRM",
    "summary": "Opportunities show what their customers may still buy on credit, and the pipeline feeds the forecast",
    "version": "19.0.1.0.0",
    "category": "Accounting/Credit",
    "license": "LGPL-3",
    "author": "Credit Management contributors",
    "depends": ["credit_management", "sale_crm"],
    "data": [
        "views/credit_application_views.xml",
        "views/crm_lead_views.xml",
        "views/crm_pipeline_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "demo": ["demo/crm_demo.xml"],
    "assets": {"web.assets_tests": ["credit_management_crm/static/tests/tours/**/*"]},
    "auto_install": True,
}
