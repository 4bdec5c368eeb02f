"""题库 by its pages, on both faces, as without scripts: lists, a question's form, the import."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from lianxue.audit.models import AuditEvent
from lianxue.learning.actions import banks, importing_questions
from lianxue.learning.models import BankQuestion, QuestionBank, QuestionImport
from lianxue.learning.question_sheet import MAX_ROWS, read
from lianxue.learning.questions import Typed
from tests.cast import Cast, sign_in

from .bank_makers import CAPITAL, FAULTY, HEAD, ROUND, prepared, xlsx
from .quiz_makers import bank as make_bank
from .quiz_makers import question

pytestmark = pytest.mark.django_db
FACES = pytest.mark.parametrize("face", ["", "console_"])


@pytest.fixture
def own(cast: Cast) -> QuestionBank:
    return make_bank(cast.county)


def at(name: str, bank: QuestionBank, *more: int, face: str = "") -> str:
    return reverse(f"learning:{face}{name}", args=[bank.organization_id, bank.pk, *more])


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def standing(bank: QuestionBank) -> list[str]:
    return [one.text for one in bank.questions.filter(retired_at=None).order_by("pk")]


@FACES
def test_a_bank_is_made_and_filled_by_hand(cast: Cast, face: str) -> None:
    client = sign_in(cast.colleague)
    desk = reverse(f"learning:{face}banks", args=[cast.county.pk])
    assert "还没有题库" in text_of(client, desk)
    made = client.post(desk, {"name": "党章知识"})
    bank = QuestionBank.objects.get()
    assert made["Location"] == at("bank", bank, face=face)
    assert "题库里还没有题目" in text_of(client, made["Location"])
    form = at("question_new", bank, face=face)
    assert 'type="checkbox"' in text_of(client, f"{form}?kind=multiple")
    typed = {"kind": "multiple", "text": "哪些是直辖市？", "option_a": "北京", "option_b": "南京",
             "option_c": "天津", "answer": ["A", "C"], "act": "more"}  # fmt: skip
    again = client.post(form, typed)
    assert again["Location"] == f"{form}?kind=multiple"
    fill = {"kind": "fill", "text": "一年有（ ）个月，一周有（ ）天。", "answer": "12|十二\r\n七"}
    assert client.post(form, fill)["Location"] == at("bank", bank, face=face)
    assert [one.answer for one in bank.questions.order_by("pk")] == [
        [0, 2],
        [["12", "十二"], ["七"]],
    ]
    shown = text_of(client, at("bank", bank, face=face))
    assert "A、C" in shown
    assert "12 或 十二；七" in shown
    assert "哪些是" not in text_of(client, at("bank", bank, face=face) + "?show=fill")
    assert "一年有" not in text_of(client, at("bank", bank, face=face) + "?q=直辖 哪些")


@FACES
def test_a_question_is_corrected_and_retired(cast: Cast, own: QuestionBank, face: str) -> None:
    client = sign_in(cast.owner)
    old = banks.add(cast.owner, own.pk, Typed("single", "首都？", ("北京", "上海"), "A"))
    form = at("question_edit", own, old.pk, face=face)
    typed = {"text": "首都是哪里？", "option_a": "北京", "option_b": "上海", "answer": "A"}
    assert client.post(form, typed).status_code == 302
    assert standing(own) == ["首都是哪里？"]
    was = text_of(client, form)
    assert "修改过" in was
    new = BankQuestion.objects.get(retired_at=None)
    assert at("question_edit", own, new.pk, face=face) in was
    assert client.post(form, typed).status_code == 409
    client.post(at("question_retire", own, new.pk, face=face))
    assert standing(own) == []
    shown = text_of(client, at("bank", own, face=face) + "?show=retired")
    assert "首都？" in shown
    assert "首都是哪里？" in shown


def test_a_question_belongs_to_its_bank(cast: Cast, own: QuestionBank) -> None:
    client, other = sign_in(cast.owner), make_bank(cast.county, "另一个")
    away = make_bank(cast.city, "市里的")
    one = question(other)
    for pair in ((own, one.pk), (away, question(away).pk)):
        assert client.get(at("question_edit", *pair)).status_code == 404
        assert client.post(at("question_retire", *pair)).status_code == 404
    batch = prepared(cast.owner, other)
    for name in ("confirm", "drop", "undo"):
        assert client.post(at(f"bank_import_{name}", own, batch.pk)).status_code == 404
    assert QuestionImport.objects.get().state == "ready"
    assert one.retired_at is None


def test_what_is_taken_out_comes_in_again_as_the_same(cast: Cast, own: QuestionBank) -> None:
    for kind in BankQuestion.Kind.values:
        question(own, kind)
    retired = question(own, "judge", "不再用的题。")
    banks.retire(cast.owner, retired.pk)
    taken = sign_in(cast.colleague).post(at("bank_export", own))
    assert taken["Content-Disposition"].startswith("attachment")
    data = taken.content
    assert [row.cells["text"] for row in read(data, "x.xlsx")] == standing(own)
    event = AuditEvent.objects.get(action="bank.exported")
    assert (event.actor_id, event.data["bank_questions"]) == (cast.colleague.pk, 4)
    other = make_bank(cast.county, "另一个")
    batch = importing_questions.prepare(cast.owner, other.pk, data, "题库.xlsx")
    assert batch.counts == {"new": 4}
    importing_questions.confirm(cast.owner, batch.pk)
    again = importing_questions.prepare(cast.owner, other.pk, data, "题库.xlsx")
    assert again.counts == {"same": 4}
    assert (
        sign_in(cast.owner).post(at("bank_export", make_bank(cast.county, "空"))).status_code == 302
    )
    assert AuditEvent.objects.filter(action="bank.exported").count() == 1


@FACES
def test_an_import_from_the_upload_to_the_undoing(cast: Cast, own: QuestionBank, face: str) -> None:
    client = sign_in(cast.owner)
    banks.add(cast.owner, own.pk, Typed("judge", "地球是圆的。", (), "错"))
    file = SimpleUploadedFile("题目.xlsx", xlsx(HEAD, CAPITAL, ROUND, FAULTY))
    sent = client.post(at("bank_import", own, face=face), {"file": file})
    batch = QuestionImport.objects.get()
    here = at("bank_import_page", own, batch.pk, face=face)
    assert sent["Location"] == here
    first = text_of(client, here)
    assert "请填写 2 到 8 个选项" in first
    assert "首都是哪里" not in first
    assert "原来：</span>错" in text_of(client, f"{here}?show=changed")
    assert "首都是哪里" in text_of(client, f"{here}?show=all")
    assert standing(own) == ["地球是圆的。"]
    corrected = client.get(at("bank_import_corrected", own, batch.pk, face=face))
    book = CalamineWorkbook.from_filelike(io.BytesIO(corrected.content))
    (row,) = book.get_sheet_by_index(0).to_python()[1:]
    assert "选项：请填写 2 到 8 个选项" in str(row[0])
    confirm = at("bank_import_confirm", own, batch.pk, face=face)
    refused = client.post(confirm)
    assert refused.status_code == 422
    assert "有 1 行有错误" in refused.content.decode()
    assert client.post(confirm, {"leave_out": "on"})["Location"] == here
    assert standing(own) == ["首都是哪里？", "地球是圆的。"]
    assert "已导入：新增 1 题，修改 1 题" in text_of(client, here)
    assert client.post(confirm, {"leave_out": "on"}).status_code == 409
    assert client.post(at("bank_import_undo", own, batch.pk, face=face)).status_code == 302
    assert [one.answer for one in own.questions.all()] == [[False]]
    assert "已撤销" in text_of(client, here)
    assert "题目.xlsx" in text_of(client, at("bank_import", own, face=face))


@FACES
def test_a_file_is_let_go(cast: Cast, own: QuestionBank, face: str) -> None:
    batch = prepared(cast.owner, own)
    answer = sign_in(cast.colleague).post(at("bank_import_drop", own, batch.pk, face=face))
    assert answer["Location"] == at("bank_import", own, face=face)
    assert not QuestionImport.objects.exists()


def test_an_import_that_was_forgotten_shows_its_figures(cast: Cast, own: QuestionBank) -> None:
    batch = prepared(cast.owner, own)
    QuestionImport.objects.update(rows=[], state="done", finished_at=batch.created_at)
    shown = text_of(sign_in(cast.owner), at("bank_import_page", own, batch.pk))
    assert "保留 30 天" in shown
    assert "撤销导入" not in shown


@pytest.mark.parametrize("name", ["banks", "bank", "bank_import"])
def test_lists_take_as_many_statements_at_any_size(
    cast: Cast, own: QuestionBank, name: str
) -> None:
    client = sign_in(cast.owner)
    address = at(name, own) if name != "banks" else reverse("learning:banks", args=[cast.county.pk])

    def grow(until: int) -> int:
        moment = own.created_at
        start = own.questions.count()
        common = {"kind": "judge", "answer": [True], "created_at": moment}
        BankQuestion.objects.bulk_create(
            BankQuestion(bank=own, text=f"第 {number} 题", key=str(number), **common)
            for number in range(start, until)
        )
        QuestionBank.objects.bulk_create(
            QuestionBank(organization=cast.county, name=f"题库 {number}", created_at=moment)
            for number in range(start, until)
        )
        QuestionImport.objects.bulk_create(
            QuestionImport(bank=own, file_name=f"{number}.xlsx", created_at=moment)
            for number in range(start, until)
        )
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    client.get(address)
    assert grow(10) == grow(1000)


def test_a_bank_that_is_full_says_so(cast: Cast, own: QuestionBank) -> None:
    BankQuestion.objects.bulk_create(
        BankQuestion(bank=own, kind="judge", text=str(number), key=str(number), answer=[True],
                     created_at=own.created_at)
        for number in range(MAX_ROWS)
    )  # fmt: skip
    typed = {"kind": "judge", "text": "还有一题？", "answer": "对"}
    answer = sign_in(cast.owner).post(at("question_new", own), typed)
    assert answer.status_code == 409
    assert "还有一题？" in answer.content.decode()
    assert "最多 5,000 道题" in answer.content.decode()
