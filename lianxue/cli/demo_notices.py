"""The demo's notices: a handful in different states, down the demo's chain, by the product's own
actions, so that every page has something to show."""

from datetime import timedelta

from lianxue.accounts.models import User
from lianxue.notices.actions import drafts, passing, receipts, sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.actions.drafts import DraftText
from lianxue.notices.actions.passing import Passing
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Branch, Organization
from lianxue.shared.clock import now

_ALL = Audience(own=Relay.Own.WHOLE, below=Relay.Below.ALL)
_MEMBERS = Audience(own=Relay.Own.WHOLE)

_STUDY = """各级党组织：

请组织全体党员在本月底前完成第四季度专题学习，重点学习会议精神，结合本职工作写一段体会。

一、学习方式以支部集体学习为主，行动不便的老同志可以送学上门。
二、学习情况由各支部记录，不要求另外报送材料。
三、请收到后逐级传达到每一位党员。

中共东海省委宣传部"""
_SAFETY = """各支部：

近日有大风降温天气，请提醒独居的老党员注意防寒，出行走路慢一点。
需要帮助的，请随时联系支部书记。"""
_MEETING = """各位同志：

定于本周五下午三点在一楼会议室召开全体党员大会，请提前十分钟到场签到。
不能参加的，请向支部书记请假。"""
_TRAINING = """各县（区）委宣传部：

请确定一名负责宣讲的同志参加市里的培训，时间和地点另行通知。
这条通知只发给各单位管理员，不需要再往下传达。"""


def load(people: dict[str, User]) -> None:
    """``people`` by phone: the administrators of the province, the city and the county, one for a
    branch there, and a member."""
    province, city, county = (people[f"1390000000{number}"] for number in (1, 2, 3))
    branch_admin, member = people["13900000004"], people["13900000005"]
    ids = dict(Organization.objects.values_list("code", "pk"))
    study = _sent(province, ids["99"], _text("关于开展第四季度专题学习的通知", _STUDY, True), _ALL)
    remark = "请各县（区）结合实际组织好，行动不便的老同志送学上门。"
    passing.pass_on(city, ids["9901"], study.pk, Passing(_ALL, remark))
    remark = "请各支部本周内组织学习，收到请点“确认收到”。"
    passing.pass_on(county, ids["990101"], study.pk, Passing(_ALL, remark))
    training = DraftText("关于选派宣讲骨干参加培训的通知", _TRAINING, True, pass_on=False)
    _sent(city, ids["9901"], training, Audience(below=Relay.Below.ALL))
    fire = _text("关于做好冬季防火宣传的通知", "请结合本地情况做好宣传，并传达到每一位成员。")
    _sent(city, ids["9901"], fire, Audience(below=Relay.Below.ALL))
    wind = _text("大风降温，请关心身边的老党员", _SAFETY, urgent=True)
    _sent(county, ids["990101"], wind, _MEMBERS)
    branch = Branch.objects.get(organization=ids["990101"], name="第一党支部")
    meeting = _text("第一党支部本周五召开党员大会", _MEETING, True)
    only = Audience(own=Relay.Own.BRANCHES, branch_ids=(branch.pk,))
    _sent(branch_admin, ids["990101"], meeting, only)
    drafts.create(county, ids["990101"], Notice.Kind.NOTICE, _text("关于整理党员活动室的通知", ""))
    receipts.read(member, study.pk)
    _readers(study)


def _text(title: str, body: str, confirm: bool = False, urgent: bool = False) -> DraftText:
    return DraftText(
        title, body, confirm, urgent, deadline=now() + timedelta(days=7) if confirm else None
    )


def _sent(actor: User, organization_id: int, text: DraftText, audience: Audience) -> Notice:
    draft = drafts.create(actor, organization_id, Notice.Kind.NOTICE, text)
    return sending.send(actor, draft.pk, audience).notice


def _readers(notice: Notice) -> None:
    """Some of the county's members have read it, and half of these have confirmed."""
    rows = User.objects.filter(
        is_demo=True, phone__startswith="1391000", memberships__state="active"
    )
    for number, user in enumerate(rows.order_by("phone")[:42]):
        receipts.read(user, notice.pk)
        if number % 2:
            receipts.confirm(user, notice.pk)
