# Part of credit_management. License LGPL-3.0 or later.
{
    "name": "Credit Management – eCommerce",
    "summary": "An order held at checkout is no abandoned cart, and its customer is told what happens next",
    "version": "19.0.1.0.0",
    "category": "Accounting/Credit",
    "license": "LGPL-3",
    "author": "Credit Management contributors",
    "depends": ["credit_management", "website_sale"],
    "data": ["views/website_sale_templates.xml"],
    "auto_install": True,
}
