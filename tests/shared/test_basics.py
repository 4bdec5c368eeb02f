"""Ids, paths, phones, pages: the small tools under everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxue.shared.errors import InvalidInput
from lianxue.shared.ids import STEP, hash_token, new_token, path_end, path_step
from lianxue.shared.phones import mask_phone, normalize_phone

PKS = st.integers(min_value=1, max_value=36**STEP - 2)


@given(PKS, PKS)
def test_steps_sort_like_numbers(a: int, b: int) -> None:
    assert (path_step(a) < path_step(b)) == (a < b)
    assert len(path_step(a)) == STEP


@given(st.lists(PKS, min_size=1, max_size=4), st.lists(PKS, min_size=0, max_size=5))
def test_a_subtree_is_one_range(root: list[int], other: list[int]) -> None:
    path = "".join(map(path_step, root))
    candidate = "".join(map(path_step, other))
    assert (path <= candidate < path_end(path)) == candidate.startswith(path)


@pytest.mark.parametrize(
    "typed",
    [
        "13800001000",
        "+8613800001000",
        "+86 138 0000 1000",
        "86-138-0000-1000",
        "１３８００００１０００",
    ],
)
def test_phones_as_people_type_them(typed: str) -> None:
    assert normalize_phone(typed) == "13800001000"


@pytest.mark.parametrize(
    "typed", ["", "12800001000", "1380000100", "138000010000", "abc", "٠١٢٣٤٥٦٧٨٩٠"]
)
def test_what_is_no_phone(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalize_phone(typed)
    assert list(caught.value.fields) == ["phone"]


def test_masking_and_tokens() -> None:
    assert mask_phone("13800001000") == "138 **** 1000"
    assert new_token() != new_token()
    assert len(hash_token(new_token())) == 64
