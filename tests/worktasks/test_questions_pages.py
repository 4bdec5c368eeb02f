"""The questions' editor: every button sends the whole form, nothing is kept before 保存."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lianxue.notices.actions import sending
from lianxue.notices.models import Notice
from lianxue.worktasks.fields import MAX_QUESTIONS
from lianxue.worktasks.models import Question, WorkTask
from lianxue.worktasks.web.typed import Row, Typed, read, turn
from tests.cast import Cast, sign_in
from tests.forms.reading import Fields
from tests.notices.makers import WHOLE, draft

from .makers import NUMBER, SPECS, draft_task, sent_task

SETTINGS = {"respondents": "units", "period": "year"}


def form(*rows: dict[str, str], **more: str) -> dict[str, str]:
    """The editor's form with these questions in it."""
    sent = SETTINGS | {"count": str(len(rows))} | more
    for at, row in enumerate(rows):
        sent |= {f"q{at}-{key}": value for key, value in row.items()}
    return sent


A = {"kind": "text", "label": "甲", "required": "on"}
B = {"kind": "number", "label": "乙", "unit": "人"}
C = {"kind": "choice", "label": "丙", "options": "一\n二"}


def send(cast: Cast, notice: Notice, data: dict[str, str], face: str = "") -> HttpResponse:
    address = reverse(f"worktasks:{face}questions", args=[cast.county.pk, notice.pk])
    answer: Any = sign_in(cast.owner).post(address, data)
    return answer


def labels(answer: HttpResponse) -> list[str]:
    """The questions of the form that came back, in their order."""
    values = Fields(answer.content.decode()).values
    return [values[f"q{at}-label"][0] for at in range(int(values["count"][0]))]


# ---------- the typed rows alone ----------


@pytest.mark.once
@pytest.mark.parametrize(
    ("act", "then"),
    [
        ("up-1", "乙甲丙"),
        ("up-0", "甲乙丙"),
        ("down-0", "乙甲丙"),
        ("down-2", "甲乙丙"),
        ("copy-1", "甲乙乙丙"),
        ("remove-1", "甲丙"),
        ("add-date", "甲乙丙_"),
        ("up-3", "甲乙丙"),
        ("up-x", "甲乙丙"),
        ("up-²", "甲乙丙"),
        ("add-x", "甲乙丙"),
        ("start-x", "甲乙丙"),
        ("restore", "甲乙丙"),
        ("", "甲乙丙"),
    ],
)
def test_what_a_button_does(act: str, then: str) -> None:
    typed = read(form(A, B, C))
    turn(typed, act)
    assert "".join(row.label or "_" for row in typed.rows) == then


@pytest.mark.once
def test_what_was_removed_comes_back_where_it_stood() -> None:
    typed = read(form(A, B, C))
    before = list(typed.rows)
    turn(typed, "remove-1")
    assert typed.gone == before[1]
    turn(typed, "restore")
    assert typed.rows == before
    assert typed.gone is None


@pytest.mark.once
@pytest.mark.parametrize(
    "removed", ["", "x", "[]", "[0, {}, 1]", '["0", {}]', '[0, {"x": 1}]', "[-1, {}]", "[" * 3000]
)
def test_nothing_else_comes_back(removed: str) -> None:
    typed = read(form(A, removed=removed))
    turn(typed, "restore")
    assert [row.label for row in typed.rows] == ["甲"]


@pytest.mark.once
@given(
    st.lists(
        st.sampled_from(["up", "down", "copy", "remove", "add", "restore"]).flatmap(
            lambda what: st.sampled_from(
                [f"{what}-{at}" for at in range(4)]
                if what not in {"add", "restore"}
                else ["add-text" if what == "add" else "restore"]
            )
        ),
        max_size=60,
    )
)
def test_no_order_of_buttons_loses_what_was_typed(acts: list[str]) -> None:
    """Whatever is pressed, the other questions keep their words, there are never too many, and the
    one that is shown is there."""
    typed = Typed(rows=[Row(label=str(at)) for at in range(3)])
    for act in acts:
        before = sorted(row.label for row in typed.rows)
        turn(typed, act)
        after = sorted(row.label for row in typed.rows)
        assert len(after) <= MAX_QUESTIONS
        assert typed.moved is None or 0 <= typed.moved < len(typed.rows)
        if act.startswith(("up", "down")):
            assert after == before
        elif act.startswith("remove"):
            assert len(before) - len(after) in {0, 1}
        else:
            assert len(after) - len(before) in {0, 1}


@pytest.mark.once
@given(st.dictionaries(st.sampled_from(["count", "q0-label", "removed", "q0-options"]), st.text()))
def test_any_text_is_read(sent: dict[str, str]) -> None:
    typed = read(sent)
    assert len(typed.rows) <= MAX_QUESTIONS + 1
    turn(typed, "restore")
    assert all(isinstance(spec.options, tuple) for spec in typed.specs())


# ---------- the page ----------


@pytest.mark.parametrize("face", ["", "console_"])
def test_a_button_gives_the_form_back_and_keeps_nothing(cast: Cast, face: str) -> None:
    notice = draft(cast.owner, cast.county, "form")
    answer = send(cast, notice, form(A, B, C, act="up-2"), face)
    assert answer.status_code == 200
    assert labels(answer) == ["甲", "丙", "乙"]
    values = Fields(answer.content.decode()).values
    assert values["q1-options"] == ["一\n二"]
    assert values["q2-unit"] == ["人"]
    assert "q0-required" in values
    assert "q1-required" not in values
    assert not WorkTask.objects.exists()


@pytest.mark.parametrize(
    ("start", "kinds"), [("text", ["text"]), ("file", ["file"]), ("form", ["text"])]
)
def test_three_starting_points(cast: Cast, start: str, kinds: list[str]) -> None:
    notice = draft(cast.owner, cast.county, "task")
    page = sign_in(cast.owner).get(reverse("worktasks:questions", args=[cast.county.pk, notice.pk]))
    for word in ("只要文字", "只要文件", "自定义表格"):
        assert word in page.text
    assert 'value="save">保存' not in page.text
    values = Fields(send(cast, notice, form(act=f"start-{start}")).content.decode()).values
    assert [values[f"q{at}-kind"][0] for at in range(len(kinds))] == kinds


def test_a_new_table_begins_with_a_question(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county, "form")
    address = reverse("worktasks:questions", args=[cast.county.pk, notice.pk])
    assert labels(sign_in(cast.owner).get(address)) == [""]


@pytest.mark.parametrize("face", ["", "console_"])
def test_saving_leads_on(cast: Cast, face: str) -> None:
    notice = draft(cast.owner, cast.county, "task")
    answer = send(cast, notice, form(A, B, C, act="save", sms_before_deadline="on"), face)
    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse(
        f"notices:{face}audience", args=[cast.county.pk, notice.pk]
    )
    task = WorkTask.objects.get(pk=notice.pk)
    assert task.sms_before_deadline
    rows = list(Question.objects.filter(task=task).order_by("position"))
    assert [row.label for row in rows] == ["甲", "乙", "丙"]
    assert [row.required for row in rows] == [True, False, False]
    assert rows[2].options == ["一", "二"]


@pytest.mark.parametrize("face", ["", "console_"])
def test_the_preview_shows_the_form_as_it_will_be(cast: Cast, face: str) -> None:
    notice = draft(cast.owner, cast.county, "task")
    answer = send(cast, notice, form(A, B, C, act="preview"), face)
    address = reverse(f"worktasks:{face}form_preview", args=[cast.county.pk, notice.pk])
    assert answer.headers["Location"] == address
    page = sign_in(cast.owner).get(address).text
    for word in ("甲", "乙", "丙", "一", "二", "必填", "（选填）", "单位答复"):
        assert word in page
    assert '<fieldset class="form preview" disabled>' in page


def test_a_preview_of_nothing_says_what_to_do(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county, "task")
    page = sign_in(cast.owner).get(
        reverse("worktasks:form_preview", args=[cast.county.pk, notice.pk])
    )
    assert "还没有问题" in page.text


def test_thirty_questions_and_no_more(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county, "form")
    many = [{"kind": "text", "label": f"第{at}问"} for at in range(MAX_QUESTIONS)]
    answer = send(cast, notice, form(*many, act="add-text"))
    assert len(labels(answer)) == MAX_QUESTIONS
    assert "不能再加" in answer.text
    too_many = send(cast, notice, form(*many, many[0], act="save"))
    assert too_many.status_code == 422
    assert "最多 30 个问题" in too_many.text


def test_what_was_asked_before_is_said(cast: Cast) -> None:
    sent_task(cast.owner, cast.county, WHOLE, SPECS, "members", title="年初统计")
    notice = draft(cast.owner, cast.county, "form")
    row = {"kind": "number", "label": f" {NUMBER.label}：", "unit": "人"}
    page = send(cast, notice, form(A, row, act="up-1")).text
    assert "已问过：“年初统计”" in page
    assert page.count("已问过") == 1


def test_what_was_sent_is_changed_no_more(cast: Cast) -> None:
    notice = draft_task(cast.owner, cast.county, respondents="members")
    sending.send(cast.owner, notice.pk, WHOLE)
    answer = send(cast, notice, form(A, act="save"))
    assert answer.status_code == 409
    assert Question.objects.filter(task=notice.pk, label=NUMBER.label).exists()
    client = sign_in(cast.owner)
    address = reverse("worktasks:questions", args=[cast.county.pk, notice.pk])
    assert client.get(address).headers["Location"] == reverse(
        "worktasks:form_preview", args=[cast.county.pk, notice.pk]
    )
    assert "下一步" not in client.get(address, follow=True).text


def test_a_plain_notice_and_anothers_have_no_questions(cast: Cast) -> None:
    plain = draft(cast.owner, cast.county)
    other = draft_task(cast.city_admin, cast.city)
    mine = draft_task(cast.owner, cast.county)
    client = sign_in(cast.owner)
    for where, notice, status in [
        (cast.county, plain, 404),
        (cast.county, other, 404),
        (cast.city, other, 404),
        (cast.city, mine, 404),
        (cast.county, mine, 200),
    ]:
        for name in ("questions", "console_questions", "form_preview"):
            found = client.get(reverse(f"worktasks:{name}", args=[where.pk, notice.pk]))
            assert found.status_code == status, (where, notice, name)


def test_words_that_look_like_markup_stay_words(cast: Cast) -> None:
    notice = draft(cast.owner, cast.county, "form")
    row = {"kind": "choice", "label": "<b>甲</b>", "options": '<i>\n"二"', "hint": "<script>"}
    page = send(cast, notice, form(row, act="preview"))
    shown = sign_in(cast.owner).get(page.headers["Location"]).text
    assert "<b>甲" not in shown
    assert "&lt;b&gt;甲" in shown
    assert "<i>" not in shown
    assert "<script>" not in shown.split("</head>")[1]
