# Part of credit_management. License LGPL-3.0 or later.
{
    "name": "Credit Management – Stock",
    "summary": "Credit is checked before goods leave; returned and short-closed ones leave no exposure behind",
    "version": "19.0.1.0.0",
    "category": "Accounting/Credit",
    "license": "LGPL-3",
    "author": "Credit Management contributors",
    "depends": ["credit_management", "sale_stock"],
    "data": [
        "security/ir.model.access.csv",
        "views/credit_policy_views.xml",
        "views/stock_picking_views.xml",
    ],
    "demo": ["demo/credit_demo_delivery.xml"],
    "assets": {"web.assets_tests": ["credit_management_stock/static/tests/tours/**/*"]},
    "auto_install": True,
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
