"""Whether a translation is complete: python -m kit.translations FILE.po…, in the environment that has polib.

Each file is held against the template beside it, which must name every term that the code marks for translation.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import extract_from_file

_PLACEHOLDERS = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]|%[#0\- +]*[\d.]*[sdfrgxi]|\$\{[^}]*\}|\{\w*\}")


def check(path: Path) -> Iterator[str]:
    """Yield what a translation lacks."""
    entries = {entry.msgid: entry for entry in polib.pofile(str(path)) if not entry.obsolete}
    for entry in entries.values():
        if entry.fuzzy:
            yield f"fuzzy: {entry.msgid!r}"
        elif not entry.msgstr:
            yield f"untranslated: {entry.msgid!r}"
        elif Counter(_PLACEHOLDERS.findall(entry.msgid)) != Counter(_PLACEHOLDERS.findall(entry.msgstr)):
            yield f"other placeholders: {entry.msgid!r}: {entry.msgstr!r}"
    addon = path.parents[1]
    template = path.parent / f"{addon.name}.pot"
    if not template.is_file():
        yield f"there is no {template.name} beside it"
        return
    terms = {entry.msgid for entry in polib.pofile(str(template))}
    yield from (f"missing: {term!r}" for term in sorted(terms - entries.keys()))
    yield from (f"no longer a term: {term!r}" for term in sorted(entries.keys() - terms))
    yield from (f"not in {template.name}: {term!r}" for term in sorted(_terms(addon) - terms))


def _terms(addon: Path) -> set[str]:
    """Return what the addon's Python and JavaScript mark for translation; what its views say only Odoo can tell."""
    terms = set()
    for pattern, method in (("*.py", "python"), ("static/src/**/*.js", "javascript")):
        for source in addon.rglob(pattern):
            if "tests" not in source.parts:
                found = extract_from_file(method, str(source), keywords={"_": None, "_lt": None, "_t": None})
                terms |= {message for _line, message, _comments, _context in found if isinstance(message, str)}
    return terms


if __name__ == "__main__":
    complaints = [f"{name}: {complaint}" for name in sys.argv[1:] for complaint in check(Path(name))]
    print("\n".join(complaints))
    sys.exit(bool(complaints))
