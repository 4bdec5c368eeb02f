"""Writing contents: who may, what is kept, what is refused, what the log says."""

import pytest

from lianxue.learning.actions import drafts, publishing
from lianxue.learning.actions.drafts import ContentText
from lianxue.learning.models import ContentItem
from lianxue.learning.policy import library
from tests.cast import Cast


def test_from_nothing_to_the_library(cast: Cast) -> None:
    item = drafts.create(cast.colleague, cast.county.pk, "article")
    text = ContentText(title="读懂基层治理", body="<h1>一</h1><p onclick=x>正文</p>", tags=("党建",))
    item = drafts.change(cast.colleague, item.pk, text, item.version)
    assert item.body == "<h2>一</h2><p>正文</p>"
    assert item.text == "一\n正文"
    publishing.publish(cast.owner, item.pk)
    assert list(library(cast.member)) == [item]
    assert item.tags.get().name == "党建"
