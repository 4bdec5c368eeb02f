"""Who may answer, see and review; how an answer's state moves.

A member answers for oneself and the administrators who cover the member review. A subordinate
organisation's whole-power administrators answer for it, the asking organisation's review. For a
branch answer those who cover it; review those above it. Nobody reviews what one submitted oneself.
What a member answered is seen inside the own organisation alone; what a unit answered also by
every organisation above on the chain that has the task itself.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from lianxue.accounts.models import Actor, User
from lianxue.notices.models import Notice, Relay
from lianxue.notices.policy import Place
from lianxue.organizations.models import Branch, Membership, Organization
from lianxue.organizations.policy import Power, below, power_in
from lianxue.shared.errors import NotFound, PermissionDenied, StateConflict

from ..models import Answer
from .respondents import Respondent, asked_branches, asked_members, asked_organizations

State = Answer.State


class Step(StrEnum):
    """What can happen to an answer."""

    SAVE = "save"
    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    RETURN = "return"
    ACCEPT = "accept"
    REOPEN = "reopen"


#: The table of transitions; what is not in it is illegal. A returned answer is changed without
#: being a draft again: the reviewer still sees what was returned.
TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.DRAFT, Step.SAVE): State.DRAFT,
    (State.RETURNED, Step.SAVE): State.RETURNED,
    (State.DRAFT, Step.SUBMIT): State.SUBMITTED,
    (State.RETURNED, Step.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Step.TAKE_BACK): State.DRAFT,
    (State.SUBMITTED, Step.RETURN): State.RETURNED,
    (State.SUBMITTED, Step.ACCEPT): State.ACCEPTED,
    (State.ACCEPTED, Step.REOPEN): State.RETURNED,
}

#: What counts as answered, and what a reviewer may see of.
HANDED_IN = (State.SUBMITTED, State.ACCEPTED)
SEEN = (State.SUBMITTED, State.RETURNED, State.ACCEPTED)

_ANSWERING = frozenset({Step.SAVE, Step.SUBMIT, Step.TAKE_BACK})
_NOT_ANSWERED = {
    State.DRAFT: "这份答复还没有提交，不用撤回。",
    State.SUBMITTED: "这份答复已经提交，正在等待审核；要修改请先撤回。",
    State.RETURNED: "这份答复已被退回，请修改后重新提交。",
    State.ACCEPTED: "这份答复已经审核通过，不能再修改；确需修改请联系审核的管理员退回。",
}
_NOT_REVIEWED = {
    State.DRAFT: "对方已撤回这份答复进行修改，请等对方重新提交。",
    State.SUBMITTED: "这份答复还没有审核，不用取消通过。",
    State.RETURNED: "这份答复已经退回，请等对方重新提交。",
    State.ACCEPTED: "这份答复已经通过，不用再审核。",
}
RECALLED = "这项任务已被撤回，不用再答复和审核。"
OUT = "对方已不在这项任务的范围内（例如已转出、已解除认证），这份答复不再计入，不用审核。"


def next_state(state: str, step: Step) -> State:
    """Where ``step`` leads from ``state``. Raises StateConflict (answer-state) when it may not."""
    found = TRANSITIONS.get((State(state), step))
    if found is None:
        said = _NOT_ANSWERED if step in _ANSWERING else _NOT_REVIEWED
        raise StateConflict(said[State(state)], code="answer-state")
    return found


@dataclass(frozen=True)
class Duty:
    """Whom somebody may answer for: the respondent, what it is called, and the row itself."""

    respondent: Respondent
    relay: Relay
    name: str
    membership: Membership | None = None
    organization: Organization | None = None
    branch: Branch | None = None

    @property
    def is_unit(self) -> bool:
        """Whether a unit answers, not a member."""
        return self.membership is None

    @property
    def place_id(self) -> int:
        """The organisation that answers, or within which it is answered."""
        return self.organization.pk if self.organization else self.relay.organization_id


def duty_of(user: User, relay: Relay, respondent: Respondent) -> Duty:
    """That ``user`` may answer ``relay`` for ``respondent``; recalled or not.

    Raises NotFound for who isn't asked, and for strangers; PermissionDenied for who belongs to the
    unit and doesn't administer it.
    """
    return {"m": _member, "o": _organization, "b": _branch}[respondent.kind](
        user, relay, respondent
    )


def _member(user: User, relay: Relay, respondent: Respondent) -> Duty:
    rows = asked_members(relay.pk).filter(pk=respondent.pk, user=user)
    found: Membership | None = rows.select_related("branch").first()
    if found is None:
        raise NotFound
    return Duty(respondent, relay, found.name, membership=found)


def _organization(user: User, relay: Relay, respondent: Respondent) -> Duty:
    found: Organization | None = asked_organizations(relay.pk).filter(pk=respondent.pk).first()
    power = power_in(user, found) if found else Power()
    if found is None or not power.member:
        raise NotFound
    power.need_whole()
    return Duty(respondent, relay, found.name, organization=found)


def _branch(user: User, relay: Relay, respondent: Respondent) -> Duty:
    rows = asked_branches(relay.pk).filter(branch=respondent.pk).select_related("branch")
    found = rows.first()
    power = power_in(user, relay.organization) if found else Power()
    if found is None or found.branch is None or not power.member:
        raise NotFound
    power.need_covers(found.branch)
    return Duty(respondent, relay, found.branch.name, branch=found.branch)


def need_review(actor: Actor, power: Power, answer: Answer) -> None:
    """That ``actor``, with ``power`` in the asking organisation, may review ``answer``; it carries
    its ``membership`` and ``branch``. Raises PermissionDenied.
    """
    need_read(power, answer)
    if answer.submitted_by_id is not None and answer.submitted_by_id == actor.pk:
        raise PermissionDenied("自己提交的答复，要由其他管理员审核。")
    if answer.branch is not None and not power.below_scope(answer.branch):
        raise PermissionDenied("这是您负责的支部的答复，要由上级支部或负责整个组织的管理员审核。")


def need_read(power: Power, answer: Answer) -> None:
    """That somebody with ``power`` in the asking organisation may read ``answer``.

    Raises PermissionDenied.
    """
    if answer.membership is not None:
        power.need_covers(answer.membership.branch)
    elif answer.branch is not None:
        power.need_covers(answer.branch)
    else:
        power.need_whole()


def reviewable(user: User, whole: list[int], scopes: list[tuple[int, str]]) -> Q:
    """The answers that ``user`` may review by these offices (a condition on Answer, the row form of
    ``need_review``): ``whole``: ids of organisations, ``scopes``: (organisation, path).
    """
    found = Q(relay__organization__in=whole)
    for organization_id, path in scopes:
        covered = below(path, "membership__branch__path") | (
            below(path, "branch__path") & ~Q(branch__path=path)
        )
        found |= Q(relay__organization=organization_id) & covered
    return found & (Q(submitted_by__isnull=True) | ~Q(submitted_by=user.pk))


def readable(power: Power) -> Q:
    """The answers of the own organisation's relay that ``power`` may read (a condition on Answer,
    the row form of ``need_read``)."""
    found = Q(pk__in=[])
    if power.whole:
        return ~found
    for path in power.scopes:
        found |= below(path, "membership__branch__path") | below(path, "branch__path")
    return found


def need_watches(place: Place, notice: Notice, asking: Organization) -> None:
    """That the place's administrators may see what units answered to ``asking``, an organisation
    below: theirs is above it on the chain and has the task itself. Raises NotFound.
    """
    own, other = place.organization.chain_path, asking.chain_path
    above = own is not None and other is not None and other.startswith(own)
    has = Relay.objects.filter(
        notice=notice, organization=place.organization, state=Relay.State.PASSED
    )
    is_origin = notice.organization_id == place.organization.pk
    if not (above and place.power.whole and (is_origin or has.exists())):
        raise NotFound
