"""Contents found by words of one character, two, and longer; kept in step; not by strangers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxue.learning.actions import drafts, publishing, tokens
from lianxue.learning.actions.drafts import ContentText
from lianxue.learning.models import ContentItem, ContentToken
from lianxue.learning.queries.search import search
from lianxue.learning.words import ranges_of, tokens_of
from lianxue.shared.actors import Operator
from tests.cast import Cast
from tests.learning.makers import CHAIN, content

AtMost = Callable[[int], AbstractContextManager[Any]]


def found(cast: Cast, text: str) -> list[ContentItem]:
    """What 刘洋 of 县 finds."""
    return list(search(cast.member, text))


@pytest.mark.parametrize(
    "text",
    [
        *("党", "党日", "主题党", "主题党日", "主题党日活动怎样", "怎样开展", "开", "样"),
        *("组织学习", "认真组织学习", "书法", "PDF", "pdf", "ｐｄｆ", "2026", "20", "7月", "月1"),
        *("党日 组织", "组织　党日", "党日，学习", "《主题党日活动》", "人民网"),
    ],
)
def test_found(cast: Cast, text: str) -> None:
    item = content(
        cast.county,
        title="主题党日活动怎样开展",
        body="<p>请各支部认真<b>组织学习</b>，见 PDF 附件。</p><p>2026年7月1日</p>",
        source="人民网",
        tags=("书法",),
    )
    assert found(cast, text) == [item]


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "，", "日主", "党日主题", "学习党日", "党日 民生", "026", "x", "党" * 500],
)
def test_not_found(cast: Cast, text: str) -> None:
    content(
        cast.county,
        title="主题党日活动怎样开展",
        body="<p>请各支部认真<b>组织学习</b>，见 PDF 附件。</p><p>2026年7月1日</p>",
    )
    assert found(cast, text) == []


def test_a_long_word_is_found_whole(cast: Cast) -> None:
    one = content(cast.county, title="全面从严治党主体责任清单")
    content(cast.county, title="全面从严，治党主体责任清单")
    assert found(cast, "全面从严治党主体责任") == [one]
    assert set(found(cast, "治党主体责任")) == set(ContentItem.objects.all())


def test_only_in_the_own_library(cast: Cast) -> None:
    mine = content(cast.city, reach=CHAIN)
    content(cast.city)
    content(cast.newcomer)
    content(cast.county, published=False)
    assert found(cast, "党日") == [mine]
    assert list(search(cast.stranger, "党日")) == []


def test_the_title_comes_first_then_the_newest(cast: Cast) -> None:
    titled = content(cast.county, title="党史故事")
    older = content(cast.county, title="一", body="<p>学党史</p>")
    newer = content(cast.county, title="二", body="<p>学党史</p>")
    assert found(cast, "党史") == [titled, newer, older]


def test_kept_in_step(cast: Cast) -> None:
    item = content(cast.county, published=False, title="党史故事", body="<p>长征</p>")
    assert found(cast, "长征") == []
    publishing.publish(cast.owner, item.pk)
    assert found(cast, "长征") == [item]
    text = ContentText(title="党史故事", body="<p>会师</p>", tags=("红军",))
    drafts.change(cast.owner, item.pk, text, item.version)
    assert (found(cast, "长征"), found(cast, "会师"), found(cast, "红军")) == ([], [item], [item])
    publishing.withdraw(cast.owner, item.pk, "重复")
    assert found(cast, "会师") == []
    assert not ContentToken.objects.exists()
    publishing.publish(cast.owner, item.pk)
    assert found(cast, "会师") == [item]


def test_rebuild_finds_and_mends(cast: Cast) -> None:
    right = content(cast.county, title="党史故事")
    wrong = content(cast.county, title="长征故事", tags=("红军",))
    content(cast.county, published=False)
    ContentToken.objects.filter(item=wrong).first().delete()  # type: ignore[union-attr]
    ContentToken.objects.create(item=right, token=b"zzz")
    assert tokens.rebuild(Operator(), check=True) == tokens.Mended(3, 2)
    assert tokens.rebuild(Operator(), check=True) == tokens.Mended(3, 2)
    assert tokens.rebuild(Operator()) == tokens.Mended(3, 2)
    assert tokens.rebuild(Operator(), check=True) == tokens.Mended(3, 0)
    assert found(cast, "红军") == [wrong]
    ContentItem.objects.filter(pk=right.pk).update(state="withdrawn")
    assert tokens.rebuild(Operator()).wrong == 1
    assert not ContentToken.objects.filter(item=right).exists()


@pytest.mark.parametrize("rows", [10, 1000])
def test_statements_do_not_grow(
    cast: Cast, rows: int, django_assert_max_num_queries: AtMost
) -> None:
    first = content(cast.county, title="党史故事")
    fresh = [
        ContentItem(
            **{
                field: getattr(first, field)
                for field in ("organization_id", "state", "created_at", "changed_at")
            },
            title=f"党史第{n}讲",
            author_name="",
            published_at=first.published_at,
        )
        for n in range(rows - 1)
    ]
    for item in ContentItem.objects.bulk_create(fresh):
        ContentToken.objects.create(item=item, token="党史第讲".encode())
    with django_assert_max_num_queries(2):
        assert len(found(cast, "党史")) == rows


# ---------- the words themselves ----------

TEXTS = st.text(st.sampled_from("党史学习abAB12ＡＢ１２，。 《\n"), max_size=24)


def has(token_set: set[bytes], text: str) -> bool:
    """Whether a search for ``text`` finds what has these tokens."""
    ranges = ranges_of(text)
    return bool(ranges) and all(any(low <= one < high for one in token_set) for low, high in ranges)


@pytest.mark.once
@given(TEXTS, st.integers(0, 23), st.integers(1, 12))
def test_a_part_from_a_character_or_a_word_on_is_found(text: str, start: int, size: int) -> None:
    part = text[start : start + size]
    inside_a_word = (
        start > 0
        and text[start - 1 : start + 1].isascii()
        and text[start - 1 : start + 1].isalnum()
    )
    wide = (
        start > 0
        and not text[start - 1 : start + 1].isascii()
        and any(one in "ＡＢ１２" for one in text[start - 1 : start + 1])
    )
    if ranges_of(part) and not inside_a_word and not wide:
        assert has(tokens_of([text]), part)


@pytest.mark.once
@given(TEXTS, st.text(st.sampled_from("党史学习"), min_size=1, max_size=4))
def test_up_to_four_characters_exactly(text: str, asked: str) -> None:
    assert has(tokens_of([text]), asked) == (asked in text)


@pytest.mark.once
def test_nothing_is_longer_than_its_column() -> None:
    assert max(map(len, tokens_of(["a" * 500, "党" * 500, "党a" * 100]))) <= 64
