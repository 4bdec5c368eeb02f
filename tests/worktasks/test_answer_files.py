"""Files in an answer: whose, how many, which question's, what is kept of them."""

import pytest

from lianxue.notices.models import Relay
from lianxue.shared.errors import InvalidInput, NotFound, StateConflict
from lianxue.worktasks.actions import answering
from lianxue.worktasks.fields import QuestionSpec
from lianxue.worktasks.models import AnswerFile, AnswerStep
from lianxue.worktasks.queries import answers
from tests.cast import Cast
from tests.notices.makers import BELOW, make_file, to_branches

from .makers import questions, sent_task, submitted, who

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(cast: Cast) -> Relay:
    """What 市 asks 县."""
    return sent_task(cast.city_admin, cast.city, BELOW)


def test_a_file_that_is_asked_for_has_to_be_there(cast: Cast) -> None:
    relay = sent_task(cast.city_admin, cast.city, BELOW, [QuestionSpec("file", "照片")])
    (asked,) = questions(relay.notice_id).values()
    with pytest.raises(InvalidInput) as caught:
        answering.submit(cast.owner, relay.pk, who(cast.county), {}, None)
    assert set(caught.value.fields) == {f"q{asked.pk}"}
    stored = make_file(cast.owner, "照片.jpg")
    row = answering.add_file(cast.owner, relay.pk, who(cast.county), asked.pk, stored, 0)
    assert row.answer.version == 1
    answering.submit(cast.owner, relay.pk, who(cast.county), {}, 1)
    (step,) = AnswerStep.objects.all()
    assert answers.submission_of(step).file_names == {asked.pk: ["照片.jpg"]}
    stored.refresh_from_db()
    assert stored.attached_at


def test_files_come_and_go_while_it_is_filled_in(cast: Cast, unit: Relay) -> None:
    asked = questions(unit.notice_id)
    for_file, text = asked["file"].pk, who(cast.county)
    stored = make_file(cast.owner)
    with pytest.raises(NotFound):  # somebody else's upload
        answering.add_file(cast.whole_admin, unit.pk, text, for_file, stored)
    with pytest.raises(NotFound):  # a question that takes no file
        answering.add_file(cast.owner, unit.pk, text, asked["text"].pk, stored)
    row = answering.add_file(cast.owner, unit.pk, text, for_file, stored)
    assert answering.add_file(cast.owner, unit.pk, text, for_file, stored).pk == row.pk
    for _ in range(9):
        answering.add_file(cast.owner, unit.pk, text, for_file, make_file(cast.owner))
    with pytest.raises(InvalidInput) as caught:
        answering.add_file(cast.owner, unit.pk, text, for_file, make_file(cast.owner))
    assert set(caught.value.fields) == {f"q{for_file}"}
    kept = answering.remove_file(cast.owner, unit.pk, text, row.pk)
    assert answering.remove_file(cast.owner, unit.pk, text, row.pk).version == kept.version + 1
    found = answers.get_to_answer(cast.owner, unit.pk, text)
    assert len(found.files[for_file]) == 9
    submitted(cast.owner, unit, cast.county)
    with pytest.raises(StateConflict):
        answering.remove_file(cast.owner, unit.pk, text, found.files[for_file][0].pk)
    with pytest.raises(StateConflict):
        answering.add_file(cast.owner, unit.pk, text, for_file, make_file(cast.owner))


def test_another_answers_file_is_not_removed(cast: Cast, unit: Relay) -> None:
    asked = questions(unit.notice_id)["file"].pk
    row = answering.add_file(cast.owner, unit.pk, who(cast.county), asked, make_file(cast.owner))
    branch = sent_task(cast.owner, cast.county, to_branches(cast.first_branch))
    answering.remove_file(cast.colleague, branch.pk, who(cast.first_branch), row.pk)
    assert AnswerFile.objects.filter(pk=row.pk).exists()
