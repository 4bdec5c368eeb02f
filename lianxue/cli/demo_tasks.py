"""The demo's work tasks: forms and tasks in different states, made by the product's own actions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.notices.actions import drafts, sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.actions.drafts import DraftText
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.shared.clock import today
from lianxue.worktasks.actions import answering, reviewing, tasks
from lianxue.worktasks.fields import QuestionSpec, TaskSettings
from lianxue.worktasks.models import Question, WorkTask

_KINDS = Question.Kind
_UNITS, _MEMBERS = WorkTask.Respondents.UNITS, WorkTask.Respondents.MEMBERS
_BELOW = Audience(below=Relay.Below.ALL)
_HEADS = QuestionSpec(_KINDS.NUMBER, "党员总数", "按今天的实际人数", unit="人")

_ROLL = [
    _HEADS,
    QuestionSpec(_KINDS.NUMBER, "党支部数量", unit="个"),
    QuestionSpec(_KINDS.TEXT, "需要说明的情况", "没有可以不填", required=False),
]
_STUDY = [
    _HEADS,
    QuestionSpec(_KINDS.NUMBER, "第四季度参加集中学习的人数", unit="人"),
    QuestionSpec(
        _KINDS.CHOICE, "主要学习形式", options=("支部集中学习", "送学上门", "线上学习", "现场教学")
    ),
    QuestionSpec(_KINDS.DATE, "最近一次集中学习的日期"),
    QuestionSpec(_KINDS.TEXT, "特色做法", "100 字左右", required=False),
    QuestionSpec(_KINDS.FILE, "学习照片或签到表", required=False),
]
_VISITS = [
    QuestionSpec(_KINDS.NUMBER, "走访慰问老党员人数", unit="人"),
    QuestionSpec(_KINDS.DATE, "走访日期"),
    QuestionSpec(_KINDS.TEXT, "了解到的困难", required=False),
]
_THOUGHTS = [QuestionSpec(_KINDS.TEXT, "学习体会", "200 字左右，写自己的话")]

_WORDS = (
    "通过学习，我更加明白了把群众的小事当作自己的大事来办的道理，今后要多到社区走一走。",
    "会议精神很受鼓舞。我退休在家，也愿意到社区讲一讲身边的变化，发挥一点余热。",
    "结合本职工作，我打算把窗口办事流程再梳理一遍，让来办事的人少跑一趟。",
    "学习以后最大的感受是要把理论讲明白、讲到人心里去，而不是照着稿子念。",
)


def load(people: dict[str, User]) -> None:
    """``people`` by phone: the administrators of the province, the city and the county, one for a
    branch there, and a member."""
    city, county, branch_admin = (people[f"1390000000{number}"] for number in (2, 3, 4))
    ids = dict(Organization.objects.values_list("code", "pk"))
    above, here = ids["9901"], ids["990101"]
    roll = _task(city, above, _text("党员基本情况核对表", 10), (_UNITS, _ROLL), _BELOW)
    done = answering.submit(county, roll.pk, f"o:{here}", _values(roll, "66", "5", ""), None)
    reviewing.accept(city, done.pk, "数字无误。")
    study = _text("第四季度党员学习情况统计", 1, "请各单位如实填写；已经报过的数字会自动带出。")
    _task(city, above, study, (_UNITS, _STUDY), _BELOW)
    _branches(county, branch_admin, here)
    _thoughts(county, here)


def _branches(county: User, branch_admin: User, organization_id: int) -> None:
    """Branches answer as units: one waits for review, one was returned."""
    names = ("第一党支部", "第二党支部", "离退休党支部", "直属党支部")
    rows = Branch.objects.filter(organization=organization_id, name__in=names)
    places = {branch.name: branch for branch in rows}
    audience = Audience(own=Relay.Own.BRANCHES, branch_ids=tuple(one.pk for one in rows))
    text = _text("冬季走访慰问老党员情况表", 5, "请各支部走访后填写，一个支部填一份。")
    visits = _task(county, organization_id, text, (_UNITS, _VISITS), audience)

    def answer(name: str, *values: str) -> int:
        respondent = f"b:{places[name].pk}"
        filled = _values(visits, *values)
        return answering.submit(branch_admin, visits.pk, respondent, filled, None).pk

    day = today() - timedelta(days=2)
    answer("第一党支部", "6", f"{day:%Y-%m-%d}", "两位老同志希望有人帮忙安装扶手。")
    returned = answer("第二党支部", "40", f"{day:%Y-%m-%d}", "")
    reviewing.return_(county, returned, "第二党支部一共 19 人，走访人数请再核对一下。")


def _thoughts(county: User, organization_id: int) -> None:
    """Members answer for themselves: some have, of whom some are accepted."""
    text = _text(
        "请写一段第四季度学习体会", 3, "写自己的话就好，不求长。也可以请支部的同志代为录入。"
    )
    audience = Audience(own=Relay.Own.WHOLE)
    task = _task(county, organization_id, text, (_MEMBERS, _THOUGHTS), audience)
    rows = Membership.objects.filter(
        organization=organization_id, state=Membership.State.ACTIVE, user__phone__startswith="1391"
    )
    for number, seat in enumerate(rows.select_related("user").order_by("phone")[:14]):
        if seat.user is None:
            continue
        values = _values(task, _WORDS[number % len(_WORDS)])
        answer = answering.submit(seat.user, task.pk, f"m:{seat.pk}", values, None)
        if number % 3 == 0:
            reviewing.accept(county, answer.pk)


def _text(
    title: str, days: int, body: str = "请按表中的问题填写，不清楚的地方可以来电询问。"
) -> DraftText:
    """Due so many days from now, at six in the evening."""
    evening = datetime.combine(today() + timedelta(days=days), time(18))
    return DraftText(title, body, deadline=timezone.make_aware(evening))


def _task(
    actor: User,
    organization_id: int,
    text: DraftText,
    asked: tuple[str, Sequence[QuestionSpec]],
    audience: Audience,
) -> Relay:
    """A task that was sent; ``asked``: who answers, what."""
    draft = drafts.create(actor, organization_id, Notice.Kind.FORM, text)
    tasks.set_questions(actor, draft.pk, TaskSettings(respondents=asked[0]), asked[1])
    return sending.send(actor, draft.pk, audience)


def _values(relay: Relay, *texts: str) -> Mapping[int, str]:
    """The answers by question, in the order of the questions."""
    questions = Question.objects.filter(task=relay.notice_id).order_by("position")
    return dict(zip(questions.values_list("pk", flat=True), texts, strict=False))
