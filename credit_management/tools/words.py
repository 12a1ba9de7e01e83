# Part of credit_management. License LGPL-3.0 or later.
"""Words in a row, with the marks between them that the reader's language has."""

from functools import reduce


def enumerated(env, words):
    """The words one after the other, as a list; nothing of none."""
    words = list(words)
    return reduce(lambda row, word: env._("%(row)s, %(word)s", row=row, word=word), words) if words else ""


def side_by_side(env, clauses):
    """The clauses one after the other, each by itself; nothing of none."""
    clauses = list(clauses)
    return reduce(lambda row, clause: env._("%(row)s; %(clause)s", row=row, clause=clause), clauses) if clauses else ""
