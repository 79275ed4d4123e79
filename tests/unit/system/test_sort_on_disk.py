"""Texts come back in order, however many there are, and memory stays small."""

import resource
import tracemalloc
from collections.abc import Iterator

import pytest

from states.model.phrase import Refusal
from workflow.system.sort_on_disk import in_order, set_aside


def test_texts_come_back_in_order_of_every_part_of_their_key() -> None:
    found = in_order(
        [
            (("~", "A-1", "evaluation:final"), "no date yet"),
            (("2018-03-01", "A-2", "payment:1"), "third"),
            (("2018-03-01", "A-1", "payment:2"), "second"),
            (("2018-02-28", "B-1", "payment:1"), "first, “é”\n"),
            (("2018-03-01", "A-2", "payment:2"), "fourth"),
        ]
    )

    assert [*found] == ["first, “é”\n", "second", "third", "fourth", "no date yet"]


def test_nothing_to_sort_is_nothing() -> None:
    assert [*in_order([])] == []


def test_what_waits_is_not_held() -> None:
    texts = (((str(-number), "", ""), f"{number:010}" * 100) for number in range(20_000))
    tracemalloc.start()

    count = sum(len(text) for text in in_order(texts))

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000_000
    assert most < 1_000_000


def test_what_is_set_aside_comes_back_in_its_order_when_the_last_is_there() -> None:
    read: list[str] = []

    def reading() -> Iterator[str]:
        for text in ("b", "a", "c"):
            read.append(text)
            yield text

    found = set_aside(reading())

    assert next(found) == "b"
    assert read == ["b", "a", "c"]
    assert [*found] == ["a", "c"]


def test_where_temporary_files_have_no_room_that_is_told() -> None:
    texts = (((str(number), "", ""), f"{number:010}" * 100) for number in range(20_000))
    most, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(Refusal, match="There is no room for temporary files: disk I/O error"):
            list(in_order(texts))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
