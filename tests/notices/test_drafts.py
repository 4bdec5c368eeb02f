"""Drafts: who keeps them, what they may hold, and that nothing of one that was sent changes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from lianxue.audit.models import AuditEvent
from lianxue.notices import rules
from lianxue.notices.actions import drafts
from lianxue.notices.actions.drafts import DraftText
from lianxue.notices.models import Notice, NoticeFile
from lianxue.notices.queries import keeping
from lianxue.organizations.models import RoleGrant
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StateConflict,
)
from tests.cast import Cast
from tests.factories import grant
from tests.notices.makers import draft, make_file, sent, to_branches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_kinds")]


def events() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_a_draft_may_be_begun_empty_and_filled_in_later(cast: Cast) -> None:
    notice = drafts.create(cast.owner, cast.county.pk, "notice", DraftText())
    assert (notice.state, notice.title, notice.author_name) == ("draft", "", "李明")
    deadline = timezone.now() + timedelta(days=3)
    text = DraftText("标题", "正文", True, True, False, deadline)
    drafts.change(cast.owner, notice.pk, text)
    notice.refresh_from_db()
    assert (notice.title, notice.body, notice.deadline) == ("标题", "正文", deadline)
    assert (notice.needs_confirmation, notice.urgent, notice.pass_on) == (True, True, False)
    assert events() == ["notice.drafted", "notice.changed"]


def test_the_same_text_again_leaves_no_event(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county, title="一")
    drafts.change(cast.owner, notice.pk, DraftText("一", notice.body))
    assert events() == ["notice.drafted"]
    drafts.change(cast.owner, notice.pk, DraftText("二", notice.body, urgent=True))
    (event,) = AuditEvent.objects.filter(action="notice.changed")
    assert event.data == {"name": "二", "notice_kind": "通知", "changed": "标题、紧急"}


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("owner", None),
        ("whole_admin", None),
        ("colleague", PermissionDenied),  # it was written for the whole organisation
        ("outsider_admin", PermissionDenied),
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("province_admin", NotFound),
        ("other_member", NotFound),
        ("stranger", NotFound),
    ],
)
def test_who_keeps_a_draft(cast: Cast, who: str, error: type[DomainError] | None) -> None:
    notice = draft(cast.owner, cast.county)
    actor = getattr(cast, who)
    file = make_file(actor)
    tries: list[Any] = [
        lambda: keeping.get_kept(actor, notice.pk),
        lambda: drafts.change(actor, notice.pk, DraftText("新", "新")),
        lambda: drafts.add_file(actor, notice.pk, file),
        lambda: drafts.remove_file(actor, notice.pk, file.pk),
        lambda: drafts.copy(actor, notice.pk),
        lambda: drafts.discard(actor, notice.pk),
    ]
    for attempt in tries:
        if error is None:
            attempt()
        else:
            with pytest.raises(error):
                attempt()
    assert Notice.objects.filter(pk=notice.pk).exists() == (error is not None)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("owner", None),
        ("colleague", None),
        ("member", PermissionDenied),
        ("city_admin", NotFound),
        ("stranger", NotFound),
        ("operator", NotFound),
    ],
)
def test_who_begins_one(cast: Cast, who: str, error: type[DomainError] | None) -> None:
    if error is None:
        assert draft(getattr(cast, who), cast.county).organization == cast.county
    else:
        with pytest.raises(error):
            draft(getattr(cast, who), cast.county)
        assert not Notice.objects.exists()


def test_a_scoped_administrators_draft_is_kept_within_the_scope(cast: Cast) -> None:
    notice = draft(cast.colleague, cast.county)
    assert (notice.scoped, notice.scope) == (True, cast.general_branch)
    for who in (cast.colleague, cast.owner, cast.whole_admin):
        assert keeping.get_kept(who, notice.pk)[0] == notice
        assert notice in keeping.kept(who, cast.county.pk)
    with pytest.raises(PermissionDenied):
        keeping.get_kept(cast.outsider_admin, notice.pk)
    assert not keeping.kept(cast.outsider_admin, cast.county.pk).exists()


def test_a_draft_without_its_branch_is_left_to_who_administers_the_whole(cast: Cast) -> None:
    notice = draft(cast.colleague, cast.county)
    Notice.objects.filter(pk=notice.pk).update(scope=None)  # merged away
    with pytest.raises(PermissionDenied):
        drafts.change(cast.colleague, notice.pk, DraftText("新"))
    assert drafts.change(cast.owner, notice.pk, DraftText("新")).title == "新"


def test_who_lost_the_office_keeps_nothing(cast: Cast) -> None:
    notice = draft(cast.colleague, cast.county)
    RoleGrant.objects.filter(membership__user=cast.colleague).delete()
    with pytest.raises(PermissionDenied):
        drafts.discard(cast.colleague, notice.pk)


@pytest.mark.parametrize("pk", [0, 10**12, 2**63, 10**30])
def test_an_id_that_is_nobodys(cast: Cast, pk: int) -> None:
    drafts.remove_file(cast.owner, draft(cast.owner, cast.county).pk, pk)  # gone already
    for attempt in (
        lambda: drafts.change(cast.owner, pk, DraftText("新")),
        lambda: drafts.discard(cast.owner, pk),
        lambda: drafts.create(cast.owner, pk, "notice", DraftText()),
        lambda: keeping.kept(cast.owner, pk),
    ):
        with pytest.raises(NotFound):
            attempt()


# ---------- what is typed ----------


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ({"title": "题" * 101}, {"title"}),
        ({"body": "文" * 10_001}, {"body"}),
        ({"title": "题" * 101, "body": "文" * 10_001}, {"title", "body"}),
        ({"deadline": timezone.now() - timedelta(minutes=1)}, {"deadline"}),
        ({"deadline": timezone.now() + timedelta(days=3 * 365 + 1)}, {"deadline"}),
        ({"deadline": datetime(1, 1, 1)}, {"deadline"}),
        ({"deadline": datetime(9999, 12, 31, 23, 59)}, {"deadline"}),
        ({"deadline": datetime.max.replace(tzinfo=timezone.get_default_timezone())}, {"deadline"}),
    ],
)
def test_what_cant_be_kept(cast: Cast, text: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(InvalidInput) as found:
        draft(cast.owner, cast.county, **text)
    assert set(found.value.fields) == fields
    assert not Notice.objects.exists()
    notice = draft(cast.owner, cast.county)
    with pytest.raises(InvalidInput):
        drafts.change(cast.owner, notice.pk, DraftText(**{"title": "一", **text}))
    assert not AuditEvent.objects.filter(action="notice.changed").exists()


def test_the_longest_that_can_be_kept(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county, title="题" * 100, body="文" * 10_000)
    notice.refresh_from_db()
    assert (len(notice.title), len(notice.body)) == (100, 10_000)


def test_text_is_tidied(cast: Cast) -> None:
    notice = draft(
        cast.owner,
        cast.county,
        title=" 关于\0学习\r\n的\t通知\ud800 ",
        body="\r\n一、\0学习  \r\n\r\n二、\x07交流\udfff\r三 \n\n",
    )
    notice.refresh_from_db()
    assert notice.title == "关于 学习 的 通知"
    assert notice.body == "一、学习\n\n二、交流\n三"


def test_a_deadline_without_a_zone_is_in_the_sites(cast: Cast) -> None:
    wall = datetime(timezone.now().year + 1, 5, 1, 9, 0)
    notice = draft(cast.owner, cast.county, deadline=wall)
    notice.refresh_from_db()
    assert notice.deadline
    assert timezone.localtime(notice.deadline).replace(tzinfo=None) == wall
    assert notice.deadline.utctimetuple().tm_hour == 1  # Asia/Shanghai


@pytest.mark.parametrize("kind", ["", "other", "Notice"])
def test_an_unknown_kind(cast: Cast, kind: str) -> None:
    with pytest.raises(InvalidInput) as found:
        draft(cast.owner, cast.county, kind=kind)
    assert set(found.value.fields) == {"kind"}


# ---------- tasks ----------


def test_a_tasks_kind_and_passing_on_follow_from_its_questions(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county, kind="task", pass_on=True)
    assert notice.pass_on is False  # units answer, until its questions say otherwise
    drafts.set_kind(cast.owner, notice.pk, "form", pass_on=True)
    drafts.change(cast.owner, notice.pk, DraftText("新", "新", pass_on=False))
    notice.refresh_from_db()
    assert (notice.kind, notice.pass_on) == ("form", True)
    drafts.set_kind(cast.owner, notice.pk, "task")
    notice.refresh_from_db()
    assert (notice.kind, notice.pass_on) == ("task", True)


@pytest.mark.parametrize(("kind", "to"), [("notice", "task"), ("task", "notice"), ("task", "x")])
def test_a_notice_becomes_no_task(cast: Cast, kind: str, to: str) -> None:
    notice = draft(cast.owner, cast.county, kind=kind)
    with pytest.raises(StateConflict):
        drafts.set_kind(cast.owner, notice.pk, to)


# ---------- attachments ----------


def test_ten_files_at_most(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county)
    files = [make_file(cast.owner, f"{n}.pdf") for n in range(11)]
    for file in files[:10]:
        drafts.add_file(cast.owner, notice.pk, file)
    with pytest.raises(InvalidInput) as found:
        drafts.add_file(cast.owner, notice.pk, files[10])
    assert set(found.value.fields) == {"file"}
    drafts.remove_file(cast.owner, notice.pk, files[3].pk)
    drafts.add_file(cast.owner, notice.pk, files[10])
    rows = NoticeFile.objects.filter(notice=notice).order_by("position")
    names = [row.file.name for row in rows.select_related("file")]
    assert names == [f"{n}.pdf" for n in (0, 1, 2, 4, 5, 6, 7, 8, 9, 10)]


def test_the_same_file_twice_is_there_once(cast: Cast) -> None:
    notice, file = draft(cast.owner, cast.county), make_file(cast.owner)
    first = drafts.add_file(cast.owner, notice.pk, file)
    assert drafts.add_file(cast.owner, notice.pk, file) == first
    file.refresh_from_db()
    assert file.attached_at
    drafts.remove_file(cast.owner, notice.pk, file.pk)
    drafts.remove_file(cast.owner, notice.pk, file.pk)  # gone already: no error, no event
    assert events().count("notice.file_removed") == 1
    assert events().count("notice.file_added") == 1


def test_somebody_elses_upload_is_not_attached(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county)
    with pytest.raises(NotFound):
        drafts.add_file(cast.owner, notice.pk, make_file(cast.member))
    assert not NoticeFile.objects.exists()


# ---------- ends ----------


def test_discarding_takes_all_of_it(cast: Cast) -> None:
    notice, file = draft(cast.owner, cast.county), make_file(cast.owner)
    drafts.add_file(cast.owner, notice.pk, file)
    drafts.discard(cast.owner, notice.pk)
    assert not Notice.objects.exists()
    assert not NoticeFile.objects.exists()
    event = AuditEvent.objects.get(action="notice.discarded")
    assert event.target_id == str(notice.pk)
    assert event.data["name"] == notice.title


def test_what_was_sent_never_changes(cast: Cast) -> None:
    notice = sent(cast.owner, cast.county).notice
    file = make_file(cast.owner)
    for attempt in (
        lambda: drafts.change(cast.owner, notice.pk, DraftText("新")),
        lambda: drafts.add_file(cast.owner, notice.pk, file),
        lambda: drafts.remove_file(cast.owner, notice.pk, file.pk),
        lambda: drafts.set_kind(cast.owner, notice.pk, "task"),
        lambda: drafts.discard(cast.owner, notice.pk),
    ):
        with pytest.raises(StateConflict) as found:
            attempt()
        assert found.value.code == "notice-sent"
    notice.refresh_from_db()
    assert notice.title == "关于开展主题学习的通知"


def test_a_copy_is_a_draft_of_ones_own(cast: Cast) -> None:
    deadline = timezone.now() + timedelta(days=1)
    first = draft(cast.owner, cast.county, urgent=True, needs_confirmation=True, deadline=deadline)
    file = make_file(cast.owner)
    drafts.add_file(cast.owner, first.pk, file)
    again = drafts.copy(cast.whole_admin, first.pk)
    again.refresh_from_db()
    assert (again.state, again.author, again.sent_at) == ("draft", cast.whole_admin, None)
    assert (again.title, again.body, again.deadline) == (first.title, first.body, deadline)
    assert (again.urgent, again.needs_confirmation) == (True, True)
    assert [row.file for row in again.attachments.all()] == [file]
    drafts.discard(cast.owner, first.pk)
    assert again.attachments.count() == 1  # a file may hang at both


def test_a_copy_leaves_a_deadline_that_passed(cast: Cast) -> None:
    notice = sent(cast.owner, cast.county).notice
    Notice.objects.filter(pk=notice.pk).update(deadline=timezone.now() - timedelta(days=1))
    assert drafts.copy(cast.owner, notice.pk).deadline is None


def test_a_scoped_copy_of_the_own_notice(cast: Cast) -> None:
    notice = sent(cast.colleague, cast.county, to_branches(cast.first_branch)).notice
    again = drafts.copy(cast.owner, notice.pk)
    assert (again.scoped, again.scope) == (False, None)
    with pytest.raises(PermissionDenied):
        drafts.copy(cast.outsider_admin, notice.pk)


# ---------- the list ----------


def test_the_list_of_what_was_written(cast: Cast) -> None:
    first = sent(cast.owner, cast.county, title="甲的通知")
    second = draft(cast.owner, cast.county, title="乙的草稿")
    rows = list(keeping.kept(cast.owner, cast.county.pk))
    assert [row.pk for row in rows] == [second.pk, first.notice_id]
    assert [row.relay_pk for row in rows] == [None, first.pk]
    assert list(keeping.kept(cast.owner, cast.county.pk, "draft")) == [second]
    assert list(keeping.kept(cast.owner, cast.county.pk, "sent")) == [first.notice]
    assert list(keeping.kept(cast.owner, cast.county.pk, text=" 甲\0的 ")) == []
    assert list(keeping.kept(cast.owner, cast.county.pk, text="甲的")) == [first.notice]
    for who in ("member", "stranger", "city_admin"):
        with pytest.raises((PermissionDenied, NotFound)):
            keeping.kept(getattr(cast, who), cast.county.pk)


def test_a_dissolved_organisation_has_no_desk(cast: Cast) -> None:
    notice = draft(cast.newcomer_admin, cast.newcomer)
    cast.newcomer.dissolved_at = timezone.now()
    cast.newcomer.save()
    for attempt in (
        lambda: drafts.change(cast.newcomer_admin, notice.pk, DraftText("新")),
        lambda: keeping.kept(cast.newcomer_admin, cast.newcomer.pk),
        lambda: draft(cast.newcomer_admin, cast.newcomer),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_an_administrator_of_two_scopes_keeps_what_lies_in_either(cast: Cast) -> None:
    seat = cast.memberships[cast.colleague.pk]
    grant(seat, RoleGrant.Role.LEARNING_ADMIN, cast.second_branch)
    mine = draft(cast.outsider_admin, cast.county)
    assert drafts.change(cast.colleague, mine.pk, DraftText("新")).title == "新"


@pytest.mark.once
def test_texts_and_deadlines_by_themselves() -> None:
    assert rules.tidy_line("　一\u2028二 ") == "一 二"
    assert rules.deadline_error(None) == ""
    assert rules.deadline_error(timezone.now() + rules.MAX_DEADLINE - timedelta(minutes=1)) == ""
    with pytest.raises(InvalidInput):
        rules.tidy_remark("字" * 501)
    assert rules.tidy_remark("\0字\r\n字 ") == "字\n字"
