"""What was played of a recording: the same seconds, each once."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lianxue.learning.segments import MOST, Segment, first_of, merge, needed, parse, seconds
from lianxue.shared.errors import InvalidInput

pytestmark = pytest.mark.once

SECOND = st.integers(-20, 300)
PARTS = st.lists(st.tuples(SECOND, SECOND), max_size=30)


def those(parts: list[Segment]) -> set[int]:
    """The seconds one by one."""
    return {second for start, end in parts for second in range(start, end)}


@given(PARTS, st.integers(0, 200))
@example([(0, 10), (10, 20), (5, 7)], 0)
@example([(30, 10), (5, 5)], 0)
def test_merging_keeps_every_second_once_and_adds_none(parts: list[Segment], length: int) -> None:
    merged = merge(parts, length)
    played = {one for one in those(parts) if one >= 0 and (not length or one < length)}
    assert those(merged) == played
    assert seconds(merged) == len(played)
    assert all(left[1] < right[0] for left, right in zip(merged, merged[1:], strict=False))


@given(PARTS, PARTS, st.integers(1, 200))
def test_in_pieces_it_is_the_same_as_at_once(
    one: list[Segment], two: list[Segment], length: int
) -> None:
    assert merge([*merge(one, length), *two], length) == merge([*one, *two], length)
    assert merge(merge(one), length) == merge(one, length)


def test_more_parts_than_a_record_keeps() -> None:
    short = [(at * 10, at * 10 + 1) for at in range(MOST)]
    assert len(merge([*short, (9000, 9100)])) == MOST
    assert (9000, 9100) in merge([*short, (9000, 9100)])


@given(PARTS, st.integers(-5, 400))
def test_no_more_than_can_have_been(parts: list[Segment], most: int) -> None:
    merged = merge(parts)
    kept = first_of(merged, most)
    assert seconds(kept) == max(0, min(most, seconds(merged)))
    assert those(kept) <= those(merged)
    assert merge(kept) == kept


@pytest.mark.parametrize(("length", "seconds_needed"), [(100, 90), (24, 22), (1, 1), (0, 0)])
def test_how_much_is_needed(length: int, seconds_needed: int) -> None:
    assert needed(length) == seconds_needed


@pytest.mark.parametrize(
    ("text", "parts"),
    [("", []), ("0-15", [(0, 15)]), ("0-15,40-52", [(0, 15), (40, 52)]), ("9-3", [(9, 3)])],
)
def test_what_a_player_reports(text: str, parts: list[Segment]) -> None:
    assert parse(text) == parts


@pytest.mark.parametrize(
    "text",
    ["x", "0-", "-5", "0-1,", "0-1;2-3", "０-１", "0-1\0", "1" * 9 + "-2", ",".join(["0-1"] * 900)],
)
def test_what_is_no_report(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(text)
    assert "刷新" in caught.value.fields["seen"]


@given(st.text(max_size=40))
def test_anything_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert seconds(merge(parse(text))) >= 0
