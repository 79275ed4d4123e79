"""Any bytes in a file end as facts or as problems with a sentence, and never as an error."""

import json
import tempfile
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.clerk import refusal_of
from tests.town import CASE, OFFICES
from workflow.intake.files.csv_columns import template
from workflow.intake.files.read import read
from workflow.intake.files.records import FileProblem, Found
from workflow.intake.values import agreement_of, office_of

FAST = settings(max_examples=60, deadline=2000, suppress_health_check=list(HealthCheck))
GOOD = OFFICES + CASE
KEYS = ["ref", "title", "term.length", "party", "agreement", "office", "holder", "kenmerk", "titel"]
SIGNS = st.text(st.characters(codec="utf-8"), max_size=12)
MARKS = [*"[]{}=.,;#-:", "[[agreement]]", "'", '"', "\\", '"""']
VALUES = ["P3Y", "2017-10-12", "1e999", "0x", "nan", "true", "null", "\ufeff", "\x00"]
WORD = st.sampled_from([*KEYS, *MARKS, *VALUES, "\n"])
SOUP = st.lists(st.one_of(WORD, SIGNS, st.integers().map(str)), max_size=40).map("".join)
DOCUMENT = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), SIGNS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), SIGNS), inner, max_size=5),
    ),
    max_leaves=20,
)


def judged(content: bytes, name: str) -> None:
    """Read a file as an import does, and write out every sentence about it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        for item in read([path]):
            if isinstance(item, FileProblem):
                assert str(item.problem)
                assert str(item.remedy)
            else:
                built(item)


def built(found: Found) -> None:
    if found.is_office:
        assert all(str(problem.problem) for problem in office_of(found).problems)
        return
    for history in (False, True):
        assert refusal_of(partial(agreement_of, found, history=history))


def mutated(text: str, cut: int, put: str) -> bytes:
    """Return a text with something put in place of a few signs."""
    place = cut % len(text)
    return (text[:place] + put + text[place + cut % 7 :]).encode()


@FAST
@given(st.sampled_from(["a.toml", "a.jsonl", "a.csv"]), st.binary(max_size=200))
def test_any_bytes(name: str, content: bytes) -> None:
    judged(content, name)


@FAST
@given(st.sampled_from(["a.toml", "a.jsonl", "a.csv"]), SOUP)
def test_any_soup_of_words_and_signs(name: str, content: str) -> None:
    judged(content.encode(), name)


@FAST
@given(st.integers(0, 10**6), st.one_of(WORD, SIGNS))
def test_a_good_toml_file_with_a_scratch(cut: int, put: str) -> None:
    judged(mutated(GOOD, cut, put), "a.toml")


@FAST
@given(st.integers(0, 10**6), st.one_of(WORD, SIGNS))
def test_a_good_spreadsheet_with_a_scratch(cut: int, put: str) -> None:
    judged(mutated(template("csv"), cut, put), "a.csv")
    judged(mutated(template("csv-offices"), cut, put), "a.csv")


@FAST
@given(DOCUMENT)
def test_any_json(document: object) -> None:
    judged(json.dumps(document).encode(), "a.jsonl")
    judged(json.dumps({"agreement": document}).encode(), "a.jsonl")
