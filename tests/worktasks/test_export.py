"""导出答复: the workbook as a spreadsheet reader sees it; who may; what is written down."""

import datetime
import io
import tracemalloc
from collections.abc import Iterable
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lianxue.audit.models import AuditEvent
from lianxue.notices.models import Relay
from lianxue.notices.workbook import Book, Cell, Column, write
from lianxue.shared.errors import InvalidInput, NotFound, PermissionDenied
from lianxue.worktasks.actions import answering, export, reviewing
from lianxue.worktasks.fields import QuestionSpec
from lianxue.worktasks.models import Question
from lianxue.worktasks.writing import column_of, value_of
from tests.cast import Cast, sign_in
from tests.files.makers import stored
from tests.notices.makers import ALL, BELOW, WHOLE, passed, to_branches

from .makers import SPECS, TEXT, questions, sent_task, submitted, values, who

pytestmark = pytest.mark.django_db


def _book(columns: list[Column], about: list[tuple[str, Cell]]) -> Book:
    return Book(
        "答复", columns, "线", about, [Column("姓名")], "还没有答复的", "没有，全部答复了。"
    )


def opened(data: Any) -> dict[str, list[list[Any]]]:
    """The workbook's sheets as calamine reads them."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data.read()))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def taken(cast: Cast, relay: Relay, which: str = "all", **more: Any) -> dict[str, list[list[Any]]]:
    """What 县's main administrator takes out."""
    found = export.export_answers(cast.owner, cast.county.pk, relay.notice_id, which, **more)
    return opened(found.file)


def test_one_row_per_respondent_and_one_column_per_question(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    respondent = who(cast.memberships[cast.member.pk])
    asked = questions(relay.notice_id)
    for name in ("甲.pdf", "乙.pdf"):
        file = stored(cast.member, name)
        answering.add_file(cast.member, relay.pk, respondent, asked["file"].pk, file)
    given_values = {
        **values(relay, "12.5"),
        asked["text"].pk: '=HYPERLINK("http://x","y")',
        asked["date"].pk: "2026-03-05",
    }
    answering.submit(cast.member, relay.pk, respondent, given_values, None)
    sheets = taken(cast, relay)
    assert list(sheets) == ["答复", "说明"]
    mark, head, row, *rest = sheets["答复"]
    assert rest == []
    assert "导出人：李明" in mark[0]
    assert "请勿外传" in mark[0]
    assert head == [
        *("姓名", "所在支部", "状态", "是否逾期", "提交时间"),
        *("党员人数（人）", "是否开展", "主要做法", "开展日期", "现场照片"),
    ]
    assert row[:4] == ["刘洋", "第一党总支/第一党支部", "待审核", ""]
    assert isinstance(row[4], datetime.datetime)
    assert row[5:] == [
        *(12.5, "已开展", '=HYPERLINK("http://x","y")', datetime.date(2026, 3, 5)),
        "甲.pdf、乙.pdf",
    ]


def test_the_other_sheet_says_what_it_is_of_and_who_is_missing(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    answer = submitted(cast.member, relay, cast.memberships[cast.member.pk])
    reviewing.accept(cast.owner, answer.pk)
    about = taken(cast, relay)["说明"]
    facts = {row[0]: row[1] for row in about if row[0]}
    assert facts["任务"] == relay.notice.title
    assert facts["发出组织"] == cast.county.name
    assert isinstance(facts["统计时间"], datetime.datetime)
    assert isinstance(facts["截止时间"], datetime.datetime)
    assert (facts["应答复（人）"], facts["已答复（人）"], facts["其中已通过（人）"]) == (5, 1, 1)
    start = [row[0] for row in about].index("还没有答复的")
    missing = {row[0]: row[1] for row in about[start + 2 :]}
    assert missing == {
        "李明": "",
        "王秀英": "第一党总支",
        "张建国": "第二党支部",
        "陈静": "",
    }


def test_which_answers(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    people = (cast.member, cast.colleague, cast.outsider_admin)
    made = [submitted(one, relay, cast.memberships[one.pk]) for one in people]
    reviewing.accept(cast.owner, made[0].pk)
    reviewing.return_(cast.owner, made[1].pk, "请核对")
    # what is being changed is not what was handed in
    answering.save_draft(cast.colleague, relay.pk, made[1].respondent, values(relay, "7"), None)

    def names(which: str) -> list[tuple[str, Any]]:
        return [(row[0], row[5]) for row in taken(cast, relay, which)["答复"][2:]]

    assert names("accepted") == [("刘洋", 128)]
    assert names("handed_in") == [("刘洋", 128), ("张建国", 128)]
    assert names("all") == [("刘洋", 128), ("王秀英", 128), ("张建国", 128)]
    with pytest.raises(InvalidInput) as caught:
        taken(cast, relay, "")
    assert list(caught.value.fields) == ["which"]


def test_a_scoped_administrator_takes_the_own_people(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    for one in (cast.member, cast.outsider_admin):
        submitted(one, relay, cast.memberships[one.pk])
    found = export.export_answers(cast.colleague, cast.county.pk, relay.notice_id, "all")
    sheets = opened(found.file)
    assert [row[0] for row in sheets["答复"][2:]] == ["刘洋"]
    assert "张建国" not in str(sheets)
    assert "限本人管理的支部" in str(sheets["说明"])


def test_units(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, to_branches(cast.first_branch, cast.second_branch))
    submitted(cast.colleague, relay, cast.first_branch)
    sheets = taken(cast, relay)
    assert sheets["答复"][1][:5] == ["单位", "状态", "是否逾期", "提交时间", "提交人"]
    assert sheets["答复"][2][0] == "第一党支部"
    assert sheets["答复"][2][4] == "王秀英"
    assert "第二党支部" in str(sheets["说明"])


def test_units_further_down_without_names(cast: Cast) -> None:
    top = sent_task(cast.province_admin, cast.province, BELOW)
    lower = passed(cast.city_admin, cast.city, top.notice_id, BELOW)
    submitted(cast.owner, lower, cast.county)
    found = export.export_answers(
        cast.province_admin, cast.province.pk, top.notice_id, "all", cast.city.pk
    )
    sheets = opened(found.file)
    assert sheets["答复"][2][0] == cast.county.name
    assert "李明" not in str(sheets)
    assert "提交人" not in sheets["答复"][1]


def test_members_further_down_are_numbers(cast: Cast) -> None:
    top = sent_task(cast.province_admin, cast.province, ALL, SPECS, "members")
    passed(cast.city_admin, cast.city, top.notice_id, ALL)
    with pytest.raises(NotFound):
        export.export_answers(
            cast.province_admin, cast.province.pk, top.notice_id, "all", cast.city.pk
        )


def test_who_may_and_what_is_written_down(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    submitted(cast.member, relay, cast.memberships[cast.member.pk])
    for user, error in (
        (cast.member, PermissionDenied),
        (cast.city_admin, NotFound),
        (cast.stranger, NotFound),
    ):
        with pytest.raises(error):
            export.export_answers(user, cast.county.pk, relay.notice_id, "all")
    assert not AuditEvent.objects.filter(action="task.exported").exists()
    taken(cast, relay)
    event = AuditEvent.objects.get(action="task.exported")
    assert event.organization_id == cast.county.pk
    assert event.data["answers"] == 1
    assert "刘洋" not in str(event.data)


@pytest.mark.parametrize("face", ["", "console_"])
def test_the_page_gives_the_file(cast: Cast, face: str) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    submitted(cast.member, relay, cast.memberships[cast.member.pk])
    here = reverse(f"worktasks:{face}export", args=[cast.county.pk, relay.notice_id])
    client = sign_in(cast.owner)
    text = client.get(here).content.decode()
    assert "1 / 5 人" in text
    refused = client.post(here, {"which": "x"})
    assert refused.status_code == 422
    response = client.post(here, {"which": "handed_in"})
    assert "xlsx" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response)))  # type: ignore[arg-type]
    assert book.sheet_names == ["答复", "说明"]


# ---------- the writer alone ----------


def question(kind: str, **more: Any) -> Question:
    spec = QuestionSpec(kind, "问题", **more)
    return Question(kind=kind, label=spec.label, unit=spec.unit)


def written(columns: list[Column], rows: Iterable[list[Cell]]) -> list[list[Any]]:
    target = io.BytesIO()
    write(target, _book(columns, [("任务", "x")]), rows, [])
    target.seek(0)
    return opened(target)["答复"][2:]


@given(st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=2))
def test_any_number_comes_back_as_it_was(number: Any) -> None:
    cell = value_of(question("number", unit="人"), str(number))
    ((found,),) = written([column_of(question("number"))], [[cell]])
    assert found == pytest.approx(float(number), abs=0.001)


@given(st.dates(datetime.date(1900, 3, 1), datetime.date(9999, 12, 31)))
def test_any_day_comes_back_as_it_was(day: datetime.date) -> None:
    cell = value_of(question("date"), day.isoformat())
    ((found,),) = written([Column("日期")], [[cell]])
    assert found == day


def test_a_day_before_excel_s_time_is_words() -> None:
    cell = value_of(question("date"), "1893-12-26")
    assert written([Column("日期")], [[cell]]) == [["1893-12-26"]]


@given(
    st.text(
        st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1
    ).map(lambda text: f"={text}")
)
def test_words_are_never_a_formula(text: str) -> None:
    assert written([Column("文字")], [[value_of(question("text"), text)]]) == [[text]]


@pytest.mark.once
def test_ten_thousand_answers_in_flat_memory() -> None:
    """Rows are written as they come: a tenth of them takes as much memory as all."""
    columns = [Column(f"列{number}") for number in range(10)]

    def peak(count: int) -> int:
        rows: Iterable[list[Cell]] = (["甲", number, *["文字" * 20] * 8] for number in range(count))
        target = io.BytesIO()
        tracemalloc.start()
        write(target, _book(columns, []), rows, ([f"乙{n}"] for n in range(9)))
        found = tracemalloc.get_traced_memory()[1] - len(target.getvalue())
        tracemalloc.stop()
        return found

    assert peak(5000) < peak(500) + 2 * 2**20


def test_a_task_of_words_alone(cast: Cast) -> None:
    relay = sent_task(cast.owner, cast.county, WHOLE, (TEXT,), "members")
    sheets = taken(cast, relay)
    assert sheets["答复"][1][-1] == "主要做法"
    assert len(sheets["答复"]) == 2
