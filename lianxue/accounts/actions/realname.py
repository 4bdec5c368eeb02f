"""Real-name verification (manual 1.4; design rule 7): ask, check, decide, read.

The check of a remote verifier happens between two transactions: the request is committed first,
and the answer is applied under the lock afterwards, so that no lock waits for another machine and
no answer is lost to a rollback.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse

from lianxue.accounts import idnumber, realname_terms, verifiers
from lianxue.accounts.models import Actor, Consent, RealNameVerification, User
from lianxue.accounts.policy import require_decides_realname, require_reads_realname
from lianxue.audit.actions import record, register_events
from lianxue.inbox.actions import (
    OPERATORS_PLACE,
    Note,
    close_todos,
    post_message,
    post_todo,
)
from lianxue.shared import ratelimit
from lianxue.shared.actors import Operator
from lianxue.shared.clock import now
from lianxue.shared.crypto import keyed_hash
from lianxue.shared.errors import InvalidInput, NotFound, RateLimited, StateConflict

register_events(
    {
        "realname.submitted": "提交了个人实名认证",
        "realname.approved": "通过了个人实名认证",
        "realname.refused": "未通过个人实名认证",
        "realname.withdrawn": "撤回了个人实名认证申请",
        "realname.read_full": "查看了完整身份证号",
    }
)

TOPIC = "realname"
HASH_CONTEXT = "realname"
#: Requests per person and day: each may cost a call to a paid service.
DAILY_LIMIT = 5
TRIES = 20  # per person and hour, right or wrong
RETRIES = 10  # per person and hour
_NAME = re.compile(
    r"[\u3400-\u9fff\U00020000-\U000323af]+(·[\u3400-\u9fff\U00020000-\U000323af]+)*"
)
_TAKEN = (
    "这个身份证号已用于另一个账号。如果那也是您的账号，请用原来的手机号码登录；"
    "如果不是，请联系平台运维人员核实。"
)


@dataclass(frozen=True)
class Submission:
    """What the person typed; ``consent`` is the version of the terms that was ticked, or empty."""

    name: str
    id_number: str
    consent: str = ""


def submit(actor: User, submission: Submission) -> RealNameVerification:
    """Ask for verification and let the installation's verifier decide if it can at once.

    Returns the request: approved, refused with its reason, or pending (an operator is to look, or
    the verifier gave no answer: ``retry``). Raises InvalidInput, StateConflict, RateLimited.
    Not to be called inside a transaction.
    """
    # also what never becomes a request: else one could ask for ever whose numbers are known here
    ratelimit.hit(f"realname-submit:{actor.pk}", TRIES, 3600, "提交次数太多，请一小时后再试。")
    return submit_uncounted(actor, submission)


def submit_uncounted(actor: User, submission: Submission) -> RealNameVerification:
    """``submit`` without counting the try, which may be in a transaction: for the demo's making.

    Raises InvalidInput, StateConflict.
    """
    verifier = verifiers.current()
    request = _open(actor, submission, verifier.key)
    return _check(request, verifier)


def retry(actor: User) -> RealNameVerification:
    """Ask the verifier again about the actor's open request. Raises NotFound, RateLimited."""
    ratelimit.hit(f"realname-retry:{actor.pk}", RETRIES, 3600, "核验次数太多，请一小时后再试。")
    request = RealNameVerification.objects.filter(
        user=actor, state=RealNameVerification.State.PENDING
    ).first()
    if request is None:
        raise NotFound("没有等待中的实名认证申请。")
    return _check(request, verifiers.by_key(request.verifier))


def _check(request: RealNameVerification, verifier: verifiers.Verifier) -> RealNameVerification:
    try:
        verdict = verifier.check(request.name, request.id_number)
    except verifiers.VerifierUnavailable:
        return request
    machine = Operator(f"verifier:{verifier.key}")
    if verdict.approved is None:
        return request
    if verdict.approved:
        return approve(machine, request.pk)
    return refuse(machine, request.pk, verdict.reason)


@transaction.atomic
def _open(actor: User, submission: Submission, verifier: str) -> RealNameVerification:
    user = User.objects.select_for_update().get(pk=actor.pk)
    if user.is_verified:
        raise StateConflict("您已经完成个人实名认证，不需要再次提交。")
    requests = RealNameVerification.objects.filter(user=user)
    if requests.filter(state=RealNameVerification.State.PENDING).exists():
        raise StateConflict("您的实名认证正在审核，请等待结果；要改资料，请先撤回。")
    name, number = _validate(submission)
    today = requests.filter(submitted_at__gt=now() - timedelta(days=1)).count()
    if today >= DAILY_LIMIT:
        raise RateLimited(
            f"一天最多提交 {DAILY_LIMIT} 次，请明天再试，或联系平台运维人员。",
            retry_after=24 * 3600,
        )
    _keep_consent(user)
    request = _insert(user, name, number, verifier)
    record(user, "realname.submitted", target=request, data={"verifier": verifier})
    if verifier == verifiers.ManualVerifier.key:
        note = Note(
            topic=TOPIC,
            title=f"{name} 提交了个人实名认证，请审核",
            link=reverse("accounts:console_realname"),
            subject=_subject(request),
        )
        post_todo(OPERATORS_PLACE, note)
    return request


def _validate(submission: Submission) -> tuple[str, str]:
    """Name and number, normalised; every fault of every field at once."""
    faults: dict[str, str] = {}
    name = re.sub(r"[•‧・．.●]", "·", unicodedata.normalize("NFKC", submission.name))
    name = re.sub(r"\s", "", name)
    if not name:
        faults["name"] = "请填写身份证上的姓名。"
    elif not 2 <= len(name) <= 20 or not _NAME.fullmatch(name):
        faults["name"] = "请填写身份证上的姓名：2 至 20 个汉字，名字中间的点可以写作“·”。"
    if found := idnumber.faults(submission.id_number):
        faults["id_number"] = "".join(found)
    if submission.consent != realname_terms.VERSION:
        faults["consent"] = "请先阅读并勾选同意，再提交。"
    if faults:
        raise InvalidInput("有内容需要修改，请看下面的提示。", fields=faults)
    return name, idnumber.normalize(submission.id_number)


def _keep_consent(user: User) -> None:
    Consent.objects.get_or_create(
        user=user,
        document=realname_terms.DOCUMENT,
        version=realname_terms.VERSION,
        defaults={"digest": realname_terms.digest(), "given_at": now()},
    )


def _insert(user: User, name: str, number: str, verifier: str) -> RealNameVerification:
    try:
        with transaction.atomic():
            return RealNameVerification.objects.create(
                user=user,
                verifier=verifier,
                name=name,
                id_number=number,
                id_number_hash=keyed_hash(number, context=HASH_CONTEXT),
                id_number_masked=idnumber.mask(number),
                submitted_at=now(),
            )
    except IntegrityError:
        # the user's own row is locked and has no open request, so it is the number that is taken
        raise InvalidInput.at("id_number", _TAKEN, code="id-number-taken") from None


@transaction.atomic
def approve(actor: Actor, request_id: int) -> RealNameVerification:
    """The request is right: its person is verified.

    Raises NotFound, PermissionDenied, StateConflict.
    """
    request = _lock_pending(actor, request_id)
    request.state = RealNameVerification.State.APPROVED
    _decide(actor, request)
    User.objects.filter(pk=request.user_id).update(realname_verified_at=request.decided_at)
    record(actor, "realname.approved", target=request, data={"user": request.user_id})
    _tell(request, "个人实名认证已通过", "现在可以创建学习组织、办理组织认证了。")
    return request


@transaction.atomic
def refuse(actor: Actor, request_id: int, reason: str) -> RealNameVerification:
    """The request is not right, for a reason that the person gets to read; its number is cleared.

    Raises InvalidInput, NotFound, PermissionDenied, StateConflict.
    """
    reason = " ".join(reason.replace("\0", " ").split())
    if not reason:
        raise InvalidInput.at("reason", "请写明原因，申请人会看到。")
    if len(reason) > 100:
        raise InvalidInput.at("reason", "原因请控制在 100 字以内。")
    request = _lock_pending(actor, request_id)
    request.state = RealNameVerification.State.REFUSED
    request.reason = reason
    _clear_number(request)
    _decide(actor, request)
    record(
        actor, "realname.refused", target=request, data={"user": request.user_id, "reason": reason}
    )
    _tell(request, "个人实名认证未通过", reason)
    return request


@transaction.atomic
def withdraw(actor: User) -> RealNameVerification:
    """The person takes the open request back; its number is cleared. Raises NotFound."""
    request = (
        RealNameVerification.objects.select_for_update()
        .filter(user=actor, state=RealNameVerification.State.PENDING)
        .first()
    )
    if request is None:
        raise NotFound("没有等待中的实名认证申请。")
    request.state = RealNameVerification.State.REFUSED
    request.reason = "本人撤回"
    _clear_number(request)
    _decide(actor, request)
    record(actor, "realname.withdrawn", target=request)
    return request


@transaction.atomic
def read_full(actor: Actor, request_id: int) -> str:
    """The whole ID number, for an operator or the person; leaves an audit event (design rule 11).

    Raises NotFound (also when the number is cleared) and PermissionDenied.
    """
    request = RealNameVerification.objects.filter(pk=request_id).first()
    if request is None or not request.id_number:
        raise NotFound("没有找到这个身份证号，可能已经删除。")
    require_reads_realname(actor, request)
    record(actor, "realname.read_full", target=request, data={"user": request.user_id})
    return request.id_number


def _lock_pending(actor: Actor, request_id: int) -> RealNameVerification:
    request = RealNameVerification.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise NotFound
    require_decides_realname(actor, request)
    if request.state != RealNameVerification.State.PENDING:
        raise StateConflict(f"这个申请已经处理过了：{request.get_state_display()}。")
    return request


def _decide(actor: Actor, request: RealNameVerification) -> None:
    request.decided_at = now()
    request.decided_by = actor if isinstance(actor, User) else None
    fields = ["state", "reason", "decided_at", "decided_by"]
    if not request.id_number_hash:
        fields += ["id_number", "id_number_hash"]
    request.save(update_fields=fields)
    close_todos(actor, topic=TOPIC, subject=_subject(request))


def _clear_number(request: RealNameVerification) -> None:
    request.id_number = ""
    request.id_number_hash = ""


def _subject(request: RealNameVerification) -> str:
    return f"realname:{request.pk}"


def _tell(request: RealNameVerification, title: str, body: str) -> None:
    link = reverse("accounts:realname")
    post_message(request.user_id, Note(topic=TOPIC, title=title, body=body, link=link))
