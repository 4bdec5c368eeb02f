"""Files in an answer: kept when the form is not, refused at their field, handed to nobody else."""

import pytest
from django.test import Client
from django.urls import reverse

from lianxue.notices.models import Relay
from lianxue.shared import uploads
from lianxue.worktasks.models import AnswerFile
from tests.cast import Cast, sign_in
from tests.files.makers import PDF
from tests.forms.reading import Fields
from tests.notices.makers import WHOLE

from .makers import SPECS, sent_task, who
from .pages import field_of, kept, my_page, upload


@pytest.fixture
def relay(cast: Cast) -> Relay:
    """县 asks its members."""
    return sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")


@pytest.fixture
def client(cast: Cast) -> Client:
    """刘洋's phone."""
    return sign_in(cast.member)


def test_files_are_kept_when_the_form_is_not(cast: Cast, relay: Relay, client: Client) -> None:
    address, file, number = my_page(cast, relay), field_of(relay, "file"), field_of(relay, "number")
    sent = {"version": "0", number: "很多", file: [upload(), upload("总结.pdf")], "act": "save"}
    asked = client.post(address, sent)
    assert asked.status_code == 422
    assert Fields(asked.text).values[number] == ["很多"]
    assert "签到表.pdf" in asked.text
    row = AnswerFile.objects.get(file__name="签到表.pdf")
    got = client.get(
        reverse("worktasks:answer_file", args=[relay.pk, row.answer.respondent, row.file_id])
    )
    assert b"".join(got) == PDF  # type: ignore[attr-defined]
    assert "attachment" in got.headers["Content-Disposition"]
    version = Fields(asked.text).values["version"][0]
    client.post(address, {"version": version, "act": f"remove-{row.pk}"})
    assert [one.file.name for one in AnswerFile.objects.all()] == ["总结.pdf"]


def test_files_go_up_alone(cast: Cast, relay: Relay, client: Client) -> None:
    """With what was typed so far, even when it can't be kept yet."""
    address, file, number = my_page(cast, relay), field_of(relay, "file"), field_of(relay, "number")
    asked = client.post(address, {"version": "0", number: "很多", file: upload(), "act": "upload"})
    assert asked.status_code == 200
    found = Fields(asked.text)
    assert found.values[number] == ["很多"]
    assert f"{number}-error" in found.texts
    assert AnswerFile.objects.count() == 1
    asked = client.post(
        address,
        {"version": found.values["version"][0], number: "8", file: upload(), "act": "upload"},
    )
    assert kept(relay)["number"] == "8"
    assert AnswerFile.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("页面.html", b"<html><script>1</script>", ""), ("空.pdf", b"", "空的"), ("a.exe", b"MZ", "")],
)
def test_a_file_that_is_not_taken(
    cast: Cast, relay: Relay, client: Client, name: str, data: bytes, words: str
) -> None:
    file = field_of(relay, "file")
    for act in ("upload", "save"):
        sent = {"version": "0", file: upload(name, data), "act": act}
        asked = client.post(my_page(cast, relay), sent)
        assert words in Fields(asked.text).texts[f"{file}-error"]
    assert not AnswerFile.objects.exists()


def test_too_large_a_file_is_said_at_its_field(
    cast: Cast, relay: Relay, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    file, number = field_of(relay, "file"), field_of(relay, "number")
    sent = {"version": "0", number: "5", file: upload(), "act": "save"}
    asked = client.post(my_page(cast, relay), sent)
    assert asked.status_code == 422
    assert "超过 20 MB" in Fields(asked.text).texts[f"{file}-error"]
    assert Fields(asked.text).values[number] == ["5"]


def test_anothers_file_is_not_there(cast: Cast, relay: Relay, client: Client) -> None:
    client.post(
        my_page(cast, relay), {"version": "0", field_of(relay, "file"): upload(), "act": "save"}
    )
    file = AnswerFile.objects.get().file
    mine = cast.memberships[cast.colleague.pk]
    for person, seat in [
        (cast.colleague, mine),
        (cast.colleague, cast.memberships[cast.member.pk]),
    ]:
        address = reverse("worktasks:answer_file", args=[relay.pk, who(seat), file.pk])
        assert sign_in(person).get(address).status_code == 404
