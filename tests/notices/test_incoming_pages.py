"""What came from above, on the administrators' pages: looking at it, passing it on, or not."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianxue.notices.actions import recalling
from lianxue.notices.models import Notice, Relay
from lianxue.notices.web import choosing
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory, put_in_chain
from tests.worktasks.makers import sent_task

from .makers import ALL, BELOW, WHOLE, passed, sent
from .test_desk_pages import at, text_of

pytestmark = pytest.mark.django_db
BODY = "请各支部认真组织学习。"


@pytest.fixture
def owner(cast: Cast) -> Client:
    return sign_in(cast.owner)


@pytest.fixture
def notice(cast: Cast) -> Notice:
    """What 市 sent to 县."""
    return sent(cast.city_admin, cast.city, BELOW, needs_confirmation=True).notice


def own_relay(cast: Cast, notice: Notice) -> Relay | None:
    return Relay.objects.filter(notice=notice, organization=cast.county).first()


def the_relay(cast: Cast, notice: Notice) -> Relay:
    found = own_relay(cast, notice)
    assert found
    return found


def test_looking_at_it_is_seen_above(cast: Cast, owner: Client, notice: Notice) -> None:
    address = at(cast.county, f"{notice.pk}/incoming/")
    ahead = owner.get(address, headers={"Sec-Purpose": "prefetch"})
    assert ahead.status_code == 503
    assert own_relay(cast, notice) is None
    page = text_of(owner.get(address))
    assert BODY in page
    assert "不再传达" in page
    relay = the_relay(cast, notice)
    assert (relay.state, relay.seen_by) == ("received", cast.owner)


def test_confirming_for_the_organisation(cast: Cast, owner: Client, notice: Notice) -> None:
    answer = owner.post(at(cast.county, f"{notice.pk}/receive/"))
    assert answer.headers["Location"] == at(cast.county, f"{notice.pk}/incoming/")
    relay = the_relay(cast, notice)
    assert relay.confirmed_by == cast.owner
    page = text_of(owner.get(at(cast.county, f"{notice.pk}/incoming/")))
    assert "本组织已于" in page


@pytest.mark.parametrize("console", [False, True])
def test_passing_it_on_with_a_remark(
    cast: Cast, owner: Client, notice: Notice, console: bool
) -> None:
    put_in_chain(OrganizationFactory(name="中共云岭镇委员会"), cast.county)
    address = at(cast.county, f"{notice.pk}/pass/", console)
    page = owner.get(address).content.decode()
    assert 'value="whole" checked' in page  # everybody, and all below, unless one chooses
    assert 'value="all" checked' in page
    preview = text_of(owner.get(f"{address}?step=preview&own=whole&below=all"))
    assert "传达意见" in preview
    assert "1 个下级组织，由它们传达" in preview
    form = {"own": "whole", "below": "all", "remark": " 请周五前组织学习。 "}
    answer = owner.post(address, form)
    assert answer.headers["Location"] == at(cast.county, f"{notice.pk}/", console)
    relay = the_relay(cast, notice)
    assert (relay.state, relay.remark) == ("passed", "请周五前组织学习。")
    assert owner.post(address, form).status_code == 409
    assert owner.get(address).headers["Location"].endswith(f"/{notice.pk}/incoming/")
    page = text_of(owner.get(at(cast.county, f"{notice.pk}/incoming/")))
    assert "传达给：本组织全体；全部下级组织" in page


def test_what_was_typed_stays_when_the_audience_is_refused(
    cast: Cast, owner: Client, notice: Notice
) -> None:
    form = {"own": "branches", "remark": "请周五前组织学习。"}
    answer = owner.post(at(cast.county, f"{notice.pk}/pass/"), form)
    assert answer.status_code == 422
    assert "请至少选择一个支部" in text_of(answer)
    assert 'name="remark" value="请周五前组织学习。"' in answer.content.decode()
    assert own_relay(cast, notice) is None


def test_not_passing_it_on_takes_a_reason(cast: Cast, owner: Client, notice: Notice) -> None:
    address = at(cast.county, f"{notice.pk}/close/")
    assert owner.post(address, {"remark": ""}).status_code == 422
    answer = owner.post(address, {"remark": "与本县无关"})
    assert answer.headers["Location"] == at(cast.county)
    relay = the_relay(cast, notice)
    assert (relay.state, relay.remark) == ("closed", "与本县无关")
    page = text_of(owner.get(at(cast.county, f"{notice.pk}/incoming/")))
    assert "原因：与本县无关" in page
    assert "确认收到" in page
    assert owner.post(at(cast.county, f"{notice.pk}/pass/"), {"own": "whole"}).status_code == 302


def test_what_is_for_administrators_alone_is_not_passed_on(cast: Cast, owner: Client) -> None:
    only = sent(cast.city_admin, cast.city, BELOW, pass_on=False).notice
    page = owner.get(at(cast.county, f"{only.pk}/incoming/")).content.decode()
    assert "/pass/" not in page
    assert "/close/" not in page
    answer = owner.get(at(cast.county, f"{only.pk}/pass/?step=preview&own=whole"))
    assert answer.headers["Location"].endswith(f"/{only.pk}/incoming/")
    assert owner.post(at(cast.county, f"{only.pk}/pass/"), {"own": "whole"}).status_code == 409


def test_a_recalled_one_leaves_its_trace_alone(cast: Cast, owner: Client) -> None:
    relay = sent(cast.city_admin, cast.city, BELOW)
    recalling.recall(cast.city_admin, cast.city.pk, relay.notice_id, "发错了")
    page = text_of(owner.get(at(cast.county, f"{relay.notice_id}/incoming/")))
    assert "发错了" in page
    assert BODY not in page
    assert (
        owner.post(at(cast.county, f"{relay.notice_id}/close/"), {"remark": "x"}).status_code == 409
    )


def test_the_remark_of_who_passed_it_down(cast: Cast, owner: Client) -> None:
    top = sent(cast.province_admin, cast.province, ALL).notice
    passed(cast.city_admin, cast.city, top, BELOW, "请各县结合实际。")
    page = text_of(owner.get(at(cast.county, f"{top.pk}/incoming/")))
    assert "中共临江市委宣传部转来" in page
    assert "请各县结合实际。" in page


def test_what_the_unit_itself_answers_is_led_to_its_form(cast: Cast, owner: Client) -> None:
    task = sent_task(cast.city_admin, cast.city, BELOW).notice
    page = owner.get(at(cast.county, f"{task.pk}/incoming/")).content.decode()
    assert "去答复" in page
    assert f"/tasks/{task.pk}/" in page


@pytest.mark.parametrize("who", ["colleague", "member"])
def test_not_for_who_runs_a_part(cast: Cast, notice: Notice, who: str) -> None:
    client = sign_in(getattr(cast, who))
    for page in ("incoming/", "pass/"):
        assert client.get(at(cast.county, f"{notice.pk}/{page}")).status_code == 403
    assert client.post(at(cast.county, f"{notice.pk}/receive/")).status_code == 403
    assert own_relay(cast, notice) is None


def test_not_what_is_for_others(cast: Cast, owner: Client) -> None:
    own = sent(
        cast.province_admin, cast.province, BELOW
    ).notice  # to 市, which has not passed it on
    assert owner.get(at(cast.county, f"{own.pk}/incoming/")).status_code == 404
    assert owner.post(at(cast.county, f"{own.pk}/pass/"), {"own": "whole"}).status_code == 404


def test_the_form_asks_the_same_with_many_below(cast: Cast, owner: Client, notice: Notice) -> None:
    address = at(cast.county, f"{notice.pk}/pass/")
    put_in_chain(OrganizationFactory(name="中共云岭镇委员会"), cast.county)

    def asked(rest: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert owner.get(f"{address}{rest}").status_code == 200
        return len(seen)

    pages = ("?below=chosen", "?step=preview&own=whole&below=all")
    few = [asked(rest) for rest in pages]
    for number in range(60):
        put_in_chain(OrganizationFactory(name=f"中共第{number}镇委员会"), cast.county)
    assert [asked(rest) for rest in pages] == few


@pytest.mark.once
def test_an_audience_comes_back_from_its_address() -> None:
    chosen = choosing.audience_in(
        QueryDict("own=branches&branch_ids=3.4&branch_ids=5&below=chosen&organization_ids=7.7")
    )
    assert (chosen.branch_ids, chosen.organization_ids) == ((3, 4, 5), (7,))
    again = choosing.with_audience("/x/", chosen).partition("?")[2]
    assert choosing.audience_in(QueryDict(again)) == chosen
    unused = choosing.audience_in(QueryDict("own=whole&branch_ids=3&below=all&organization_ids=7"))
    assert choosing.fields_of(unused) == {"own": "whole", "below": "all"}


def test_who_recalled_it_above_has_no_name_here(cast: Cast) -> None:
    relay = sent(cast.city_admin, cast.city)
    recalling.recall(cast.city_admin, cast.city.pk, relay.notice_id, "时间有变")
    page = sign_in(cast.owner).get(at(cast.county, f"{relay.notice_id}/incoming/"))
    shown = page.content.decode()
    assert cast.city.name in shown
    assert "时间有变" in shown
    assert cast.city_admin.name not in shown


def test_what_the_sender_asked_its_own_people_is_not_told_here(cast: Cast) -> None:
    sent_task(cast.city_admin, cast.city, WHOLE, respondents="members", title="市内部摸底")
    relay = sent_task(cast.city_admin, cast.city, BELOW, title="报送党员情况")
    page = sign_in(cast.owner).get(at(cast.county, f"{relay.notice_id}/incoming/"))
    assert page.status_code == 200
    assert "市内部摸底" not in page.content.decode()
