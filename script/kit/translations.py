"""The files in which an addon's texts are translated, in the environment that has polib.

    python -m kit.translations check ADDON…          say what the translations lack
    python -m kit.translations merge FOLDER ADDON…   bring them up to date with the terms exported to FOLDER

The template `i18n/ADDON.pot` names every term. It is Odoo's own export, and a test holds it against another one; what
can be told of it and of the translations beside it without a database is told here.
"""

import difflib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import extract_from_file

from .glossary import GLOSSARIES, NOTE
from .home import REPO

# Every addon speaks them.
LANGUAGES = ("zh_CN",)
# So alike are a term that is new and one that is gone, if the one was made from the other.
_ALIKE = 0.75

_PLACEHOLDERS = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]|%[#0\- +]*[\d.]*[sdfrgxi]|%%|\$\{[^}]*\}|\{\w*\}")
_TAGS = re.compile(r"<[^<>]+>")
# Of a tag's attributes, those that are read by people.
_READ = re.compile(r'\b(title|aria-label|alt|placeholder)="[^"]*"')
# A Chinese character, and half a punctuation mark beside it.
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\.(?:\s|$)|[\u4e00-\u9fff]\(|\)[\u4e00-\u9fff]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def check(addon: Path) -> Iterator[str]:
    """Yield what an addon's template and translations lack."""
    template = addon / "i18n" / f"{addon.name}.pot"
    if not template.is_file():
        yield f"{addon.name}: there is no {template.name}: run script/translate"
        return
    pot = {entry.msgid: entry for entry in polib.pofile(str(template))}
    for term in sorted(_terms(addon) - pot.keys()):
        yield f"{addon.name}: {term!r} is not in {template.name}: run script/translate"
    for language in LANGUAGES:
        path = template.with_name(f"{language}.po")
        if not path.is_file():
            yield f"{addon.name}: there is no {path.name}: run script/translate"
            continue
        po = polib.pofile(str(path))
        if pot.keys() ^ {entry.msgid for entry in po if not entry.obsolete}:
            yield f"{addon.name}: {path.name} has other terms than {template.name}: run script/translate"
        for entry in po:
            yield from (f"{addon.name}: {path.name}: {entry.msgid!r}: {what}" for what in _wrong(entry, language))


def merge(addon: Path, exported: Path) -> Iterator[str]:
    """Write an addon's template as it was exported, and its translations with the same terms; yield what is missing.

    A translation whose term is gone is offered, marked as fuzzy, for a new term that is much like it.
    """
    pot = polib.pofile(str(exported))
    pot.header = f"Texts of {addon.name}. License LGPL-3.0 or later."
    # neither the day nor the release it was made with, which would make each export another one
    kept = ("Project-Id-Version", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
    pot.metadata = {key: pot.metadata[key] for key in kept}
    pot.metadata |= {"Project-Id-Version": addon.name, "Content-Transfer-Encoding": "8bit"}
    folder = addon / "i18n"
    folder.mkdir(exist_ok=True)
    pot.save(str(folder / f"{addon.name}.pot"))
    for language in LANGUAGES:
        path = folder / f"{language}.po"
        old = {entry.msgid: entry for entry in polib.pofile(str(path))} if path.is_file() else {}
        gone = sorted(old.keys() - {entry.msgid for entry in pot})
        po = polib.POFile()
        po.header, po.metadata = pot.header, pot.metadata | {"Language": language}
        for entry in pot:
            if known := old.get(entry.msgid):
                entry.msgstr, entry.flags, entry.tcomment = known.msgstr, known.flags, known.tcomment
            elif like := difflib.get_close_matches(entry.msgid, gone, 1, _ALIKE):
                entry.msgstr, entry.flags = old[like[0]].msgstr, ["fuzzy"]
            if entry.fuzzy or not entry.msgstr:
                yield f"{addon.name}: {path.name}: {entry.msgid!r}"
            po.append(entry)
        po.save(str(path))


def _wrong(entry: polib.POEntry, language: str) -> Iterator[str]:
    if entry.obsolete:
        yield "no longer a term: run script/translate"
    elif entry.fuzzy:
        yield f"fuzzy: is it {entry.msgstr!r}?"
    elif not entry.msgstr.strip():
        yield "untranslated"
    else:
        yield from _altered(entry.msgid, entry.msgstr)
        if language.startswith("zh"):
            yield from _mispunctuated(entry.msgid, _TAGS.sub("", entry.msgstr))
        if not entry.tcomment.startswith(NOTE):
            text = _PLACEHOLDERS.sub("", _TAGS.sub("", entry.msgid))
            terms = (term for term in GLOSSARIES.get(language, ()) if term.missed(text, entry.msgstr))
            yield from (term.complaint(entry.msgstr) for term in terms)


def _altered(text: str, said: str) -> Iterator[str]:
    """Yield what the program needs of a text and its translation lacks."""
    if Counter(_PLACEHOLDERS.findall(text)) != Counter(_PLACEHOLDERS.findall(said)):
        yield f"other placeholders in {said!r}"
    if _tags(text) != _tags(said):
        yield f"other tags in {said!r}"
    if (text[:1].isspace(), text[-1:].isspace()) != (said[:1].isspace(), said[-1:].isspace()):
        yield f"other space at an end of {said!r}"


def _mispunctuated(text: str, said: str) -> Iterator[str]:
    if found := _HALF_WIDTH.search(said):
        yield f"half-width punctuation at {found[0]!r}"
    if text.endswith(".") and _CHINESE.search(said) and said.rstrip()[-1] not in "。．…！？）”":
        yield f"a sentence without its end: {said!r}"


def _tags(text: str) -> Counter[str]:
    return Counter(_READ.sub(r"\1", tag) for tag in _TAGS.findall(text))


def _terms(addon: Path) -> set[str]:
    """Return what the addon's Python and JavaScript mark for translation; what its views say only Odoo can tell."""
    terms = set()
    for pattern, method in (("*.py", "python"), ("static/src/**/*.js", "javascript")):
        for source in addon.rglob(pattern):
            if "tests" not in source.parts:
                found = extract_from_file(method, str(source), keywords={"_": None, "_lt": None, "_t": None})
                terms |= {message for _line, message, _comments, _context in found if isinstance(message, str)}
    return {term for term in terms if len(re.sub(r"\W+", "", term)) > 1}  # others are none to Odoo


def main(arguments: list[str]) -> int:
    """Do what the first argument says; return 0 if there is nothing to complain of."""
    if arguments[0] == "merge":
        folder, *addons = arguments[1:]
        lacking = [term for name in addons for term in merge(REPO / name, Path(folder) / f"{name}.pot")]
        print("\n".join(["to be translated:", *lacking] if lacking else ["every term is translated"]))
        return bool(lacking)
    complaints = [complaint for name in arguments[1:] for complaint in check(REPO / name)]
    print("\n".join(complaints))
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
