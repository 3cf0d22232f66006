"""The documents' links lead somewhere, and one sentence is one line."""

import itertools
import re

import pytest

from tests.docs.markdown import anchors, documents, links, prose
from tests.support.programs import ROOT

# The end of a sentence, also in brackets, emphasis or quotation marks.
END = r"[.!?:…][)*\"”_`]*$"
# A full stop inside a line and a new sentence behind it. A bold head such as **Backups.** may share its line.
ANOTHER = r"[a-z0-9)`\"”][.!?]\)? +(?=[(“\"]?[A-Z])"
NO_SENTENCE = re.compile(r" *(\||#|>|<|$)")
ITEM = re.compile(r" *([-*]|\d+\.) ")


@pytest.mark.parametrize("name", documents())
def test_links_lead_somewhere(name: str) -> None:
    for target in links(name):
        if re.match(r"(https?|mailto):", target):
            continue
        file, _, anchor = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.resolve().exists(), f"{name}: {target}"
        if anchor:
            assert anchor in anchors(path.resolve()), f"{name}: {target}"


@pytest.mark.parametrize("name", documents())
def test_one_sentence_is_one_line(name: str) -> None:
    lines = [*prose(name), (0, "")]
    for (number, line), (_, following) in itertools.pairwise(lines):
        if NO_SENTENCE.match(line):
            continue
        text = re.sub(r"`[^`]*`", "`code`", ITEM.sub("", line))
        assert not re.search(ANOTHER, text), f"{name}:{number} has two sentences: {line}"
        goes_on = not NO_SENTENCE.match(following) and not ITEM.match(following)
        assert not goes_on or re.search(END, line), f"{name}:{number} ends within a sentence: {line}"
