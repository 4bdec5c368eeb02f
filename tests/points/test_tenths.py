"""Tenths, as read and as typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxue.points.wording import mean
from lianxue.shared.tenths import signed_tenths, tenths, tenths_in

pytestmark = pytest.mark.once


@given(st.integers(0, 10**9))
def test_what_is_shown_is_what_is_read(number: int) -> None:
    assert tenths_in(tenths(number)) == number
    assert tenths(-number) == ("−" if number else "") + tenths(number)
    assert signed_tenths(number) == ("+" if number else "") + tenths(number)


@pytest.mark.parametrize("text", ["", "1.55", "-1", "1e3", "一", "1.", ".5", "1 2", "\0", "1" * 11])
def test_what_is_none(text: str) -> None:
    assert tenths_in(text) is None


def test_spaces_and_full_width() -> None:
    assert tenths_in(" １．５ ") == 15


def test_a_mean() -> None:
    assert (mean(123, 10), mean(1, 3), mean(0, 0)) == ("1.23", "0.03", "—")
