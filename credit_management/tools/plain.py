# Part of credit_management. License LGPL-3.0 or later.
"""Answers to other programs as plain values, which every protocol carries."""


def without_nulls(values):
    """``values`` without what is ``None``, in dictionaries at any depth: XML-RPC carries no nulls, and what is not
    there is unknown, as 0 or ``False`` would not be.

    >>> without_nulls({"limit": None, "rows": [{"usage": None, "amount": 0.0}]})
    {'rows': [{'amount': 0.0}]}
    """
    if isinstance(values, dict):
        return {key: without_nulls(value) for key, value in values.items() if value is not None}
    if isinstance(values, list | tuple):
        return [without_nulls(value) for value in values]
    return values
