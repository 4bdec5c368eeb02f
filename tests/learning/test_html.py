"""What stays of HTML from anywhere: hostile cases, and that clean stays clean."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxue.learning.html import (
    clean,
    is_tangled,
    moved,
    picture_address,
    pictures_in,
    text_of,
)
from lianxue.learning.rules import body_error

pytestmark = pytest.mark.once

OURS = '<img src="/learn/7/files/3/?view=1" alt="图">'
REL = ' rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("<p>一<script>alert(1)</script>二</p>", "<p>一二</p>"),
        ("<p onclick=alert(1) class=x style='color:red' id=a>一</p>", "<p>一</p>"),
        ("<a href='javascript:alert(1)'>一</a>", "一"),
        ("<a href=' java\nscript:alert(1)'>一</a>", "一"),
        ("<a href='data:text/html,x'>一</a>", "一"),
        ("<a href='//evil.example/x'>一</a>", "一"),
        ("<a href='/orgs/1/dissolve'>一</a>", "一"),
        ("<a href='https://a.cn/?a=1&b=2' target=_top>一</a>",
         f'<a href="https://a.cn/?a=1&amp;b=2"{REL}>一</a>'),
        ("<a href='/learn/12/'>一</a>", f'<a href="/learn/12/"{REL}>一</a>'),
        ("<img src=https://evil.example/x.png>一", "一"),
        ("<img src=data:image/png;base64,AAAA>一", "一"),
        ("<img src=/learn/7/files/3/ alt=图 onerror=x srcset=y>", OURS),
        ("<img src=/learn/7/files/4/>一", "一"),  # no picture of this item
        ("<img src=/learn/8/files/3/>一", "一"),  # another item's
        ("<img src=/learn/7/files/3/../../../logout/>一", "一"),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>一", "一"),
        ("<math><mtext><table><mglyph><style><img src=x onerror=a></style></math>一", ""),
        ('<noscript><p title="</noscript><img src=x onerror=alert(1)>">', '"&gt;'),
        ("<iframe src=https://a.cn>x</iframe>一", "一"),
        ("<form action=/x><input name=q><button>b</button>一</form>", "一"),
        ("<meta http-equiv=refresh content=0><base href=//e.cn><link href=x>一", "一"),
        ("<!-- 注 --><p>一</p><!--[if IE]>x<![endif]-->", "<p>一</p>"),
        ("<h1>一</h1><h6>二</h6>", "<h2>一</h2><h4>二</h4>"),
        ("<b>一</b><i>二</i>", "<strong>一</strong><em>二</em>"),
        ("<div>一<div>二</div></div>", "<p>一</p><p>二</p>"),
        ("<p> </p><p><strong>&nbsp;</strong></p><ul><li></li></ul><p>一</p>", "<p>一</p>"),
        ("<td colspan=2>一</td>", "一"),
        ("<table><tr><td colspan=2 rowspan=0 width=900>一</td></tr></table>",
         '<table><tbody><tr><td colspan="2">一</td></tr></tbody></table>'),
        ("一\x00\ud800二&lt;b&gt;", "一二&lt;b&gt;"),
        ("<p>1 &lt; 2 &amp;amp; 3</p>", "<p>1 &lt; 2 &amp;amp; 3</p>"),
        ("<img alt='\"><script>x</script>' src=/learn/7/files/3/>",
         '<img src="/learn/7/files/3/?view=1" alt="&quot;&gt;&lt;script&gt;x&lt;/script&gt;">'),
    ],
)  # fmt: skip
def test_what_stays(came: str, kept: str) -> None:
    assert sorted(clean(came, 7, {3})) == sorted(kept)  # the order of attributes is nobody's
    assert text_of(clean(came, 7, {3})) == text_of(kept)


_PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<div>", "</div>", "<ul><li>", "</li>", "</ul>", "<b>", "</i>", "<i>"),
        *("<table>", "<tr><td>", "</table>", "<h1>", "</h1>", "<blockquote>", "<pre>", "</pre>"),
        *("<a href='https://a.cn'>", "<a>", "</a>", "<img src=/learn/7/files/3/>", "<br>", "<hr>"),
        *("<img src=x>", "<script>", "</script>", "<style>", "<svg>", "<math>", "<!--", "-->"),
        *("<select>", "<textarea>", "<title>", "<figure>", "<figcaption>", "&lt;", "&amp;", "<"),
        *("党建", " ", "\n", "\t", "a", "'", '"', ">", "\xa0", "<template>", "<caption>", "<sup>"),
    ]
)


@given(st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_clean_stays_clean(came: str) -> None:
    once = clean(came, 7, {3})
    assert clean(once, 7, {3}) == once
    low = once.lower()
    assert not any(
        f"<{tag}" in low for tag in ("script", "style", "svg", "iframe", "form", "input")
    )
    assert "src=x" not in low
    assert text_of(once) == text_of(clean(once))  # pictures have no words


@pytest.mark.parametrize(
    "bomb",
    [
        "<blockquote>" * 16_000,
        "<b>" * 60_000,
        "<table>" * 20_000,
        "<" * 200_000,
        "<p><i><u>" * 9_000,
    ],
    ids=["quotes", "bold", "tables", "brackets", "formatting"],
)
def test_a_deep_text_is_flat_in_a_moment(bomb: str) -> None:
    began = time.monotonic()
    found = clean(f"{bomb}一")
    assert found.count("<blockquote>") <= 40
    assert "一" in found
    assert time.monotonic() - began < 20


def test_pictures_of_an_import_get_their_places() -> None:
    body = clean('<p><img src="/learn/0/files/1/"><img src="/learn/0/files/9/">一</p>', 0, range(2))
    assert moved(body, 5, {0: 70, 1: 71}) == f'<p><img src="{picture_address(5, 71)}">一</p>'
    assert pictures_in(moved(body, 5, {0: 70, 1: 71})) == {71}


def test_words_line_by_line() -> None:
    html = (
        "<h2>一、要求</h2><p>学&amp;做<br>二</p><table><tr><td>时间</td><td>内容</td></tr></table>"
    )
    assert text_of(html) == "一、要求\n学&做\n二\n时间 内容"


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 80_000,
        "<ul><li>" * 50_000,
        "<div></span>" * 30_000,
        # each paragraph opens all of them again: megabytes become gigabytes
        "<p>" + "".join(f"<b id={one}>" for one in range(200)) + "<p>x" * 90_000,
    ],
    ids=["depth", "lists", "ends of others", "left open"],
)
def test_what_would_take_a_servers_memory_is_refused_unread(bomb: str) -> None:
    began = time.monotonic()
    assert is_tangled(bomb)
    assert "嵌套" in body_error(bomb[:400_000])
    assert time.monotonic() - began < 5


def test_what_people_write_is_not_tangled() -> None:
    cell = "<td><p><span><b>一</b></span><br></p></td>"
    assert not is_tangled("<div><div><table>" + f"<tr>{cell * 8}</tr>" * 1_000)
    assert not is_tangled("<p>一<li>二" * 40_000)
