"""What one statement may name, and what it does not lose."""

from workflow.store.bulk import in_parts


def test_many_items_are_cut_into_parts_that_lose_none_and_keep_their_order() -> None:
    items = list(range(1201))
    assert [len(part) for part in in_parts(items)] == [500, 500, 201]
    assert [item for part in in_parts(items) for item in part] == items


def test_no_items_make_no_part() -> None:
    assert list(in_parts([])) == []
