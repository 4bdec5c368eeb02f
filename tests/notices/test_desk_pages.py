"""The administrators' pages: the desk, writing a draft, whom it is for, the preview, sending."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lianxue.files.models import StoredFile
from lianxue.notices.models import Notice, Relay, SmsRun
from lianxue.organizations.models import Organization
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory, make_branch, put_in_chain
from tests.files.makers import PDF
from tests.worktasks.makers import draft_task

from .makers import BELOW, WHOLE, draft, make_notice_file, sent, to_branches, to_chosen

pytestmark = pytest.mark.django_db
TITLE = "关于开展主题学习的通知"
_TEXT = {"title": TITLE, "body": "请各支部认真组织学习。"}


def at(place: Organization, rest: str = "", console: bool = False) -> str:
    return f"{'/console' if console else ''}/orgs/{place.pk}/notices/{rest}"


def text_of(answer: Any) -> str:
    """What the page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


@pytest.fixture
def owner(cast: Cast) -> Client:
    return sign_in(cast.owner)


# ---------- the desk ----------


def test_what_is_to_be_passed_on_stands_first(cast: Cast, owner: Client) -> None:
    done = sent(cast.city_admin, cast.city, BELOW, title="传达过的通知").notice
    owner.post(at(cast.county, f"{done.pk}/pass/"), {"own": "whole"})
    sent(cast.city_admin, cast.city, BELOW, title="等着传达的通知")
    owner.get(at(cast.county))  # what was just done is said once
    page = text_of(owner.get(at(cast.county)))
    places = [page.index(words) for words in ("等你处理", "等着传达", "其他收到的", "传达过的")]
    assert places == sorted(places)
    assert "收到的 1" in page
    assert "已传达" in page[places[3] :]


@pytest.mark.parametrize("console", [False, True])
def test_the_tabs(cast: Cast, owner: Client, console: bool) -> None:
    sent(cast.owner, cast.county, WHOLE, title="发出去的通知")
    draft(cast.owner, cast.county, title="写到一半的通知")
    page = text_of(owner.get(at(cast.county, "?tab=sent", console)))
    assert "发出去的通知" in page
    assert "成员已读 1 / 5 人" in page  # who sent it has read it
    assert "写到一半" not in page
    page = text_of(owner.get(at(cast.county, "?tab=drafts", console)))
    assert "草稿 1" in page
    assert "写到一半的通知" in page
    assert "发出去" not in page
    assert "没有找到标题里有“报表”的" in text_of(owner.get(at(cast.county, "?tab=sent&q=报表")))


def test_a_scoped_administrator_sees_the_own_scope_alone(cast: Cast) -> None:
    sent(cast.owner, cast.county, WHOLE, title="全县的通知")
    sent(cast.outsider_admin, cast.county, to_branches(cast.second_branch), title="二支部的通知")
    colleague = sign_in(cast.colleague)
    page = text_of(colleague.get(at(cast.county)))
    assert "收到的" not in page  # passing on takes the whole organisation
    assert "还没有发送过" in page
    assert "二支部的通知" in text_of(sign_in(cast.owner).get(at(cast.county, "?tab=sent")))


def test_the_lists_ask_the_same_however_long_they_are(cast: Cast, owner: Client) -> None:
    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert owner.get(address).status_code == 200
        return len(seen)

    tabs = ("?tab=sent", "?tab=drafts", "?tab=incoming")
    for number in range(2):
        sent(cast.owner, cast.county, WHOLE, title=f"县的{number}")
        sent(cast.city_admin, cast.city, BELOW, title=f"市的{number}")
        draft(cast.owner, cast.county)
    few = [asked(at(cast.county, tab)) for tab in tabs]
    for kind in (cast.county, cast.city):
        one = Notice.objects.filter(organization=kind, state="sent").first()
        relay = Relay.objects.get(notice=one, organization=kind)
        copies = Notice.objects.bulk_create(
            [_copy(one, title=f"{kind.pk} 的第 {number} 条") for number in range(60)]
        )
        Relay.objects.bulk_create([_copy(relay, notice=copy) for copy in copies])
    Notice.objects.bulk_create(
        [_copy(Notice.objects.filter(state="draft").first()) for _ in range(60)]
    )
    assert [asked(at(cast.county, tab)) for tab in tabs] == few


def _copy(row: Any, **changes: Any) -> Any:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    values.pop("id")
    if "notice" in changes:
        values.pop("notice_id")
    return type(row)(**values | changes)


# ---------- writing ----------


def upload(name: str = "安排.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_a_draft_is_saved_with_its_files_and_led_on(cast: Cast, owner: Client) -> None:
    form = _TEXT | {
        "go": "files",
        "needs_confirmation": "on",
        "files": [upload(), upload("二.pdf")],
    }
    answer = owner.post(at(cast.county, "new/"), form)
    found = Notice.objects.get()
    assert answer.headers["Location"] == at(cast.county, f"{found.pk}/edit/")
    assert (found.title, found.state, found.author) == (TITLE, "draft", cast.owner)
    assert (found.needs_confirmation, found.pass_on, found.urgent) == (True, False, False)
    assert [one.file.name for one in found.attachments.order_by("position")] == [
        "安排.pdf",
        "二.pdf",
    ]
    page = owner.get(answer.headers["Location"]).content.decode()
    assert "安排.pdf" in page
    answer = owner.post(at(cast.county, f"{found.pk}/edit/"), _TEXT | {"go": "next"})
    assert answer.headers["Location"] == at(cast.county, f"{found.pk}/audience/")


def test_files_stay_when_words_are_refused(cast: Cast, owner: Client) -> None:
    form = _TEXT | {"deadline": "2001-01-01T00:00", "files": [upload()]}
    answer = owner.post(at(cast.county, "new/"), form)
    assert answer.status_code == 422
    found = Notice.objects.get()
    page = answer.content.decode()
    assert f'action="{at(cast.county, f"{found.pk}/edit/")}"' in page  # the next try goes on there
    assert "安排.pdf" in page
    assert TITLE in page
    assert (found.title, found.attachments.count()) == ("", 1)


def test_a_file_that_is_not_taken_keeps_the_others(cast: Cast, owner: Client) -> None:
    form = _TEXT | {"files": [upload(), upload("脚本.html", b"<script>alert(1)</script>")]}
    answer = owner.post(at(cast.county, "new/"), form)
    assert answer.status_code == 422
    assert "“脚本.html”没有上传" in text_of(answer)
    assert [one.name for one in StoredFile.objects.all()] == ["安排.pdf"]
    assert Notice.objects.get().attachments.count() == 1


def test_ten_files_at_most(cast: Cast, owner: Client) -> None:
    found = draft(cast.owner, cast.county)
    for number in range(10):
        make_notice_file(cast.owner, found, f"{number}.docx")
    answer = owner.post(at(cast.county, f"{found.pk}/edit/"), _TEXT | {"files": [upload()]})
    assert answer.status_code == 422
    assert "10 个" in text_of(answer)
    assert found.attachments.count() == 10


def test_taking_a_file_off_saves_the_words(cast: Cast, owner: Client) -> None:
    found = draft(cast.owner, cast.county)
    file = make_notice_file(cast.owner, found)
    form = _TEXT | {"body": "改过的正文", "remove": file.pk}
    assert owner.post(at(cast.county, f"{found.pk}/edit/"), form).status_code == 302
    found.refresh_from_db()
    assert (found.body, found.attachments.count()) == ("改过的正文", 0)


def test_a_draft_without_its_text_is_kept_and_led_nowhere(cast: Cast, owner: Client) -> None:
    found = draft(cast.owner, cast.county)
    address = at(cast.county, f"{found.pk}/edit/")
    answer = owner.post(address, {"title": "", "body": "只有正文", "go": "next"})
    assert answer.status_code == 422
    assert "请填写标题" in text_of(answer)
    found.refresh_from_db()
    assert found.body == "只有正文"
    answer = owner.get(at(cast.county, f"{found.pk}/preview/?own=whole"))
    assert answer.headers["Location"] == address


def test_a_deadline_is_in_the_sites_time(cast: Cast, owner: Client) -> None:
    soon = timezone.localtime() + timedelta(days=3)
    typed = f"{soon:%Y-%m-%dT%H:%M}"
    owner.post(at(cast.county, "new/"), _TEXT | {"deadline": typed})
    found = Notice.objects.get()
    assert found.deadline == soon.replace(second=0, microsecond=0)
    assert f'value="{typed}"' in owner.get(at(cast.county, f"{found.pk}/edit/")).content.decode()


def test_another_organisations_draft_is_not_found_here(cast: Cast) -> None:
    found = draft(cast.city_admin, cast.city)
    both = sign_in(cast.city_admin)
    assert both.get(at(cast.city, f"{found.pk}/edit/")).status_code == 200
    assert sign_in(cast.owner).get(at(cast.county, f"{found.pk}/edit/")).status_code == 404
    assert both.get(at(cast.county, f"{found.pk}/edit/")).status_code == 404


def test_what_was_sent_is_no_draft(cast: Cast, owner: Client) -> None:
    found = sent(cast.owner, cast.county, WHOLE).notice
    answer = owner.get(at(cast.county, f"{found.pk}/edit/"))
    assert answer.headers["Location"] == at(cast.county, f"{found.pk}/")
    assert owner.post(at(cast.county, f"{found.pk}/edit/"), _TEXT).status_code == 409
    assert owner.get(at(cast.county, f"{found.pk}/audience/")).status_code == 409
    again = owner.post(at(cast.county, f"{found.pk}/preview/"), {"own": "whole"})
    assert again.status_code == 409
    assert Relay.objects.filter(notice=found).count() == 1
    copied = owner.post(at(cast.county, f"{found.pk}/copy/"))
    assert Notice.objects.get(state="draft").title == found.title
    assert "/edit/" in copied.headers["Location"]


def test_a_task_is_led_to_its_questions(cast: Cast, owner: Client) -> None:
    typed = _TEXT | {"kind": "form", "go": "next"}
    answer = owner.post(at(cast.county, "new/", True), typed)
    assert answer.status_code == 422  # not without a deadline
    assert "任务要有截止时间，请先填写。" in answer.content.decode()
    found = Notice.objects.get()
    typed |= {"deadline": f"{timezone.localtime() + timedelta(days=3):%Y-%m-%dT%H:%M}"}
    answer = owner.post(at(cast.county, f"{found.pk}/edit/", True), typed)
    assert answer.headers["Location"] == at(cast.county, f"{found.pk}/questions/", True)
    answer = owner.get(at(cast.county, f"{found.pk}/audience/"))  # not without questions
    assert answer.headers["Location"].endswith(f"/notices/{found.pk}/questions/")


# ---------- whom it is for ----------


@pytest.fixture
def towns(cast: Cast) -> list[Organization]:
    """Forty-five organisations below 县: three pages."""
    return [
        put_in_chain(OrganizationFactory(name=f"中共第{number:02d}镇委员会"), cast.county)
        for number in range(45)
    ]


def test_what_is_ticked_stays_ticked_on_other_pages(
    cast: Cast, owner: Client, towns: list[Organization]
) -> None:
    found = draft(cast.owner, cast.county)
    address = at(cast.county, f"{found.pk}/audience/")
    ids = f"{towns[0].pk}.{towns[30].pk}"
    page = owner.get(address, {"below": "chosen", "organization_ids": ids, "page": 2})
    html = page.content.decode()
    assert f'name="organization_ids" value="{towns[0].pk}"' in html  # carried, unseen
    assert re.search(rf'value="{towns[30].pk}" checked', html)
    assert "另外已勾选 1 个" in html
    found_words = owner.get(address, {"below": "chosen", "q": "第07镇"}).content.decode()
    assert "中共第07镇委员会" in found_words
    assert "中共第08镇委员会" not in found_words


def test_a_scoped_administrator_chooses_within_the_scope(cast: Cast) -> None:
    put_in_chain(OrganizationFactory(name="中共云岭镇委员会"), cast.county)
    found = draft(cast.colleague, cast.county)
    colleague = sign_in(cast.colleague)
    answer = colleague.get(at(cast.county, f"{found.pk}/audience/"))
    assert f'value="{cast.general_branch.pk}" checked' in answer.content.decode()
    page = text_of(answer)
    assert "第一党总支" in page
    assert "第二党支部" not in page
    assert "本组织全体" not in page
    assert "下级组织" not in page
    answer = colleague.get(at(cast.county, f"{found.pk}/preview/?own=whole"))
    assert answer.status_code == 403
    second = {"own": "branches", "branch_ids": cast.second_branch.pk}
    assert colleague.post(at(cast.county, f"{found.pk}/preview/"), second).status_code == 403


def test_a_task_for_units_offers_branches_and_subordinates_alone(cast: Cast) -> None:
    put_in_chain(OrganizationFactory(name="中共云岭镇委员会"), cast.county)
    found = draft_task(cast.owner, cast.county)
    page = text_of(sign_in(cast.owner).get(at(cast.county, f"{found.pk}/audience/")))
    assert "由它的管理员答复一次" in page
    assert "本组织全体" not in page
    assert "全部直属下级组织（1 个）" in page


def test_a_deep_tree_costs_no_more(cast: Cast, owner: Client) -> None:
    found = draft(cast.owner, cast.county)
    address = at(cast.county, f"{found.pk}/audience/")
    with CaptureQueriesContext(connection) as few:
        owner.get(address)
    for number in range(20):
        make_branch(cast.county, f"新建第{number}党支部", parent=cast.general_branch)
    with CaptureQueriesContext(connection) as many:
        assert "新建第19党支部" in text_of(owner.get(address))
    assert len(many) == len(few)


# ---------- the preview ----------


def test_the_preview_counts_before_anything_is_sent(
    cast: Cast, owner: Client, towns: list[Organization]
) -> None:
    for _ in range(2):
        sent(cast.owner, cast.county, to_chosen(towns[7]))
    found = draft(cast.owner, cast.county)
    page = text_of(owner.get(at(cast.county, f"{found.pk}/preview/?own=whole&below=all")))
    assert "5 人能看到" in page
    assert "1 人未激活" in page
    assert "45 个下级组织" in page
    order = [page.index(name) for name in (towns[7].name, towns[0].name)]
    assert order == sorted(order), "the heaviest first"
    assert "通知 2 · 任务 0 · 表格 0" in page
    assert "本月第 3 件" in page
    assert not Relay.objects.filter(notice=found).exists()


def test_text_messages_are_offered_for_what_is_urgent(
    cast: Cast, owner: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, urgent = draft(cast.owner, cast.county), draft(cast.owner, cast.county, urgent=True)
    assert "短信" not in text_of(owner.get(at(cast.county, f"{plain.pk}/preview/?own=whole")))
    address = at(cast.county, f"{urgent.pk}/preview/")
    assert "发 4 条，本月还能发" in text_of(owner.get(f"{address}?own=whole"))  # not to the author
    monkeypatch.setattr(settings.ENV, "notice_sms_per_month", 3)
    assert "不能同时发短信" in text_of(owner.get(f"{address}?own=whole"))
    answer = owner.post(address, {"own": "whole", "sms": "on"})
    assert answer.status_code == 409
    assert "本月还能发 3 条" in text_of(answer)
    urgent.refresh_from_db()
    assert (urgent.state, SmsRun.objects.count()) == ("draft", 0)


def test_sending_leads_to_the_picture_of_the_chain(cast: Cast, owner: Client) -> None:
    found = draft(cast.owner, cast.county)
    form = {"own": "branches", "branch_ids": f"{cast.first_branch.pk}.{cast.second_branch.pk}"}
    answer = owner.post(at(cast.county, f"{found.pk}/preview/"), form)
    assert answer.headers["Location"] == at(cast.county, f"{found.pk}/")
    relay = Relay.objects.get(notice=found)
    assert (relay.state, relay.own, relay.branches.count()) == ("passed", "branches", 2)
