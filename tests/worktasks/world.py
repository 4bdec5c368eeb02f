"""What addresses of tasks name, for the matrices: all of 县."""

from lianxue.worktasks.actions import answering
from tests.cast import Cast
from tests.files.makers import stored
from tests.notices.makers import WHOLE

from .makers import SPECS, draft_task, questions, sent_task, values, who

#: The pages that are about a draft.
DRAFTS = {"questions", "form_preview"}


def task_world(cast: Cast) -> dict[str, int | str]:
    """A task that 县 sent to its own members, with what 刘洋 answered, waiting for review; a draft.

    Keys as ``tests.routes`` names them: what stands in addresses of ``worktasks``.
    """
    relay = sent_task(cast.owner, cast.county, WHOLE, SPECS, "members")
    respondent = who(cast.memberships[cast.member.pk])
    file = stored(cast.member)
    asked = questions(relay.notice_id)
    answering.add_file(cast.member, relay.pk, respondent, asked["file"].pk, file)
    answer = answering.submit(cast.member, relay.pk, respondent, values(relay), None)
    return {
        "task_id": relay.notice_id,
        "task_draft_id": draft_task(cast.owner, cast.county).pk,
        "relay_id": relay.pk,
        "respondent": respondent,
        "answer_id": answer.pk,
        "answer_version": answer.version,
        "answer_file_id": file.pk,
        "number_id": asked["number"].pk,
    }


def address_ids(page: str, ids: dict[str, int | str]) -> dict[str, int | str]:
    """What the addresses of this page of ``worktasks`` are filled with."""
    notice = ids["task_draft_id" if page in DRAFTS else "task_id"]
    return {"notice_id": notice, "file_id": ids["answer_file_id"]}
