# Part of credit_management. License LGPL-3.0 or later.
{
    "name": "Credit Management – Stock",
    "summary": "Short-closed deliveries and returned goods leave no exposure behind",
    "version": "19.0.1.0.0",
    "category": "Accounting/Credit",
    "license": "LGPL-3",
    "author": "Credit Management contributors",
    "depends": ["credit_management", "sale_stock"],
    "auto_install": True,
    "post_init_hook": "post_init_hook",
}
