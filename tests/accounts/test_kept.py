"""我的个人信息 holds what every app keeps about the person, and nothing of anybody else's."""

import json
from typing import Any

from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.contacts.models import Block, Friendship
from lianxue.notices.models import Notice, Receipt, Relay
from lianxue.organizations.models import RosterDetail
from tests.cast import Cast, sign_in


def _furnish(cast: Cast) -> None:
    now = timezone.now()
    seat = cast.memberships[cast.member.pk]
    RosterDetail.objects.create(
        membership=seat, data=json.dumps({"education": "大学本科"}), changed_at=now
    )
    first, second = sorted([cast.member, cast.stranger], key=lambda user: user.pk)
    Friendship.objects.create(first=first, second=second, since=now)
    Block.objects.create(user=cast.member, blocked=cast.other_member, since=now)
    notice = Notice.objects.create(
        organization=cast.county,
        state=Notice.State.SENT,
        title="关于报名的通知",
        author_name="李明",
        created_at=now,
        changed_at=now,
        sent_at=now,
    )
    relay = Relay.objects.create(
        notice=notice,
        organization=cast.county,
        state=Relay.State.PASSED,
        own=Relay.Own.WHOLE,
        passed_at=now,
        open_until=now,
    )
    Receipt.objects.create(relay=relay, membership=seat, read_at=now)


def _file_of(user: User) -> Any:
    return sign_in(user).post("/me/data/export/").json()


def test_the_file_holds_every_row(cast: Cast) -> None:
    _furnish(cast)
    found = _file_of(cast.member)
    (place,) = found["所在组织"]
    assert place["组织"] == cast.county.name
    assert place["支部"] == "第一党支部"
    assert place["学历"] == "大学本科"
    assert found["我的好友"] == [{"姓名": "杨帆"}]
    assert found["黑名单"][0]["姓名"] == "吴磊"
    assert found["通知的回执"][0]["通知"] == "关于报名的通知"
    assert found["工作任务的答复"] == []


def test_the_page_shows_numbers_and_no_sensitive_detail(cast: Cast) -> None:
    _furnish(cast)
    shown = sign_in(cast.member).get("/me/data/").content.decode()
    assert "1 人" in shown
    assert "1 条" in shown
    assert "大学本科" not in shown
    assert "关于报名的通知" not in shown


def test_nothing_of_anybody_else(cast: Cast) -> None:
    _furnish(cast)
    file = json.dumps(_file_of(cast.colleague), ensure_ascii=False)
    for words in ("大学本科", "杨帆", "吴磊", "关于报名的通知"):
        assert words not in file
    assert _file_of(cast.colleague)["所在组织"][0]["职务"] == "学习管理员（第一党总支）"
