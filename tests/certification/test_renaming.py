"""改名申请: who asks, who decides, what follows, what is refused and how it is said."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxue.accounts.models import User
from lianxue.audit.queries import first_broken_link
from lianxue.certification.actions import chain, renaming, settings
from lianxue.certification.models import RenameRequest
from lianxue.certification.queries import chain as chain_queries
from lianxue.cli.chain import chain as command
from lianxue.inbox.models import InboxItem
from lianxue.organizations.models import Organization
from lianxue.shared.actors import Operator
from lianxue.shared.errors import (
    DomainError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RealNameRequired,
    StateConflict,
)
from tests.cast import Cast, sign_in
from tests.factories import OrganizationFactory, UserFactory, put_in_chain

from .helpers import events

NEW = "中共历山区委宣传部"


def ask(cast: Cast, name: str = NEW, purpose: str = "撤县设区") -> RenameRequest:
    return renaming.ask_rename(cast.owner, cast.county.pk, name, purpose)


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(StateConflict) as told:
        act()
    return told.value.code


ASKERS: list[tuple[str, type[DomainError] | None]] = [
    ("owner", None),
    ("whole_admin", PermissionDenied),
    ("colleague", PermissionDenied),
    ("outsider_admin", PermissionDenied),
    ("member", PermissionDenied),
    ("city_admin", NotFound),
    ("province_admin", NotFound),
    ("newcomer_admin", NotFound),
    ("operator", NotFound),
    ("stranger", NotFound),
]


@pytest.mark.parametrize(("who", "error"), ASKERS)
def test_who_asks(cast: Cast, who: str, error: type[DomainError] | None) -> None:
    actor, old = getattr(cast, who), cast.county.name
    if error is not None:
        with pytest.raises(error):
            renaming.ask_rename(actor, cast.county.pk, NEW)
        assert not RenameRequest.objects.exists()
        return
    made = renaming.ask_rename(actor, cast.county.pk, f" {NEW} ", " 撤县\n设区 ")
    assert (made.old_name, made.new_name, made.purpose) == (old, NEW, "撤县 设区")
    assert (made.state, made.superior, made.asked_by) == ("pending", cast.city, cast.owner)
    cast.county.refresh_from_db()
    assert cast.county.name == old
    for one in (cast.county, cast.city):
        assert events(one) == ["certification.rename_asked"]
    todo = InboxItem.objects.get()
    assert (todo.kind, todo.place) == ("todo", f"org:{cast.city.pk}:admin")
    assert old in todo.title
    assert NEW in todo.body
    assert todo.link == reverse("certification:received", args=[cast.city.pk])


def test_the_unverified_do_not_ask(cast: Cast) -> None:
    User.objects.filter(pk=cast.owner.pk).update(realname_verified_at=None)
    cast.owner.refresh_from_db()
    with pytest.raises(RealNameRequired):
        ask(cast)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "请填写"),
        ("短", "太短"),
        ("长" * 41, "41"),
        ("<b>名称", "只能用"),
        ("中共历山县委宣传部", "相同"),
    ],
)
def test_bad_names(cast: Cast, name: str, words: str) -> None:
    with pytest.raises(InvalidInput) as told:
        ask(cast, name)
    assert words in told.value.fields["name"]
    assert not RenameRequest.objects.exists()


def test_a_purpose_too_long(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as told:
        ask(cast, purpose="由" * 101)
    assert "101" in told.value.fields["purpose"]


def test_where_there_is_nothing_to_ask(cast: Cast) -> None:
    def of(who: User, one: Organization) -> Callable[[], object]:
        return lambda: renaming.ask_rename(who, one.pk, NEW)

    assert code_of(of(cast.newcomer_admin, cast.newcomer)) == "rename-freely"
    assert code_of(of(cast.province_admin, cast.province)) == "root-renamed-by-operator"
    ask(cast)
    assert code_of(of(cast.owner, cast.county)) == "rename-pending"
    first = RenameRequest.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        RenameRequest.objects.create(
            organization=cast.county,
            superior=cast.city,
            old_name="a",
            new_name="b",
            asked_at=first.asked_at,
        )


DECIDERS: list[tuple[str, type[DomainError] | None]] = [
    ("city_admin", None),
    ("owner", PermissionDenied),
    ("whole_admin", PermissionDenied),
    ("colleague", NotFound),
    ("member", NotFound),
    ("province_admin", NotFound),
    ("newcomer_admin", NotFound),
    ("operator", NotFound),
    ("stranger", NotFound),
]


@pytest.mark.parametrize(("who", "error"), DECIDERS)
def test_who_decides(cast: Cast, who: str, error: type[DomainError] | None) -> None:
    actor, old, made = getattr(cast, who), cast.county.name, ask(cast)
    if error is not None:
        for act in (renaming.approve_rename, renaming.refuse_rename):
            with pytest.raises(error):
                act(actor, made.pk, "原因")
        return
    renaming.approve_rename(actor, made.pk)
    cast.county.refresh_from_db()
    made.refresh_from_db()
    assert cast.county.name == NEW
    assert (made.state, made.decided_by) == ("approved", cast.city_admin)
    assert [one.name for one in cast.county.former_names.all()] == [old]
    assert cast.county in chain_queries.search(cast.city_admin, old).items
    assert events(cast.county)[-2:] == ["certification.rename_approved", "certification.renamed"]
    assert events(cast.city)[-1] == "certification.rename_approved"
    for one in (cast.county, cast.city):
        assert first_broken_link(f"org:{one.pk}") is None
    assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()
    told = InboxItem.objects.get(kind="message")
    assert told.place == f"user:{cast.owner.pk}"
    assert NEW in told.body
    assert ask(cast, "中共历山市委宣传部").state == "pending"


def test_refusing_takes_a_reason_and_it_may_be_asked_again(cast: Cast) -> None:
    made = ask(cast)
    with pytest.raises(InvalidInput) as told:
        renaming.refuse_rename(cast.city_admin, made.pk, " ")
    assert "请填写原因" in told.value.fields["reason"]
    renaming.refuse_rename(cast.city_admin, made.pk, "批复未到")
    cast.county.refresh_from_db()
    assert cast.county.name != NEW
    assert "批复未到" in InboxItem.objects.get(kind="message").body
    for act in (renaming.approve_rename, renaming.refuse_rename):
        assert code_of(lambda act=act: act(cast.city_admin, made.pk, "x")) == "application-decided"
    assert code_of(lambda: renaming.withdraw_rename(cast.owner, made.pk)) == "application-decided"
    assert ask(cast).pk != made.pk


WITHDRAWERS: list[tuple[str, type[DomainError] | None]] = [
    ("owner", None),
    ("whole_admin", PermissionDenied),
    ("city_admin", PermissionDenied),
    ("member", NotFound),
    ("stranger", NotFound),
]


@pytest.mark.parametrize(("who", "error"), WITHDRAWERS)
def test_who_withdraws(cast: Cast, who: str, error: type[DomainError] | None) -> None:
    made = ask(cast)
    if error is not None:
        with pytest.raises(error):
            renaming.withdraw_rename(getattr(cast, who), made.pk)
        return
    assert renaming.withdraw_rename(getattr(cast, who), made.pk).state == "withdrawn"
    assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()
    assert events(cast.city)[-1] == "certification.rename_withdrawn"


def test_decertifying_withdraws_what_waits(cast: Cast) -> None:
    made = ask(cast)
    chain.decertify(cast.city_admin, cast.county.pk, "调整")
    made.refresh_from_db()
    assert (made.state, made.reason) == ("withdrawn", "组织已解除认证")
    assert not InboxItem.objects.filter(kind="todo", done_at=None).exists()
    assert "certification.rename_withdrawn" in events(cast.county)
    act = renaming.approve_rename
    assert code_of(lambda: act(cast.city_admin, made.pk)) == "application-decided"
    settings.rename_organization(cast.owner, cast.county.pk, NEW)


def test_a_request_to_a_former_superior_decides_nothing(cast: Cast) -> None:
    made = ask(cast)
    Organization.objects.filter(pk=cast.county.pk).update(superior=cast.province)
    act = renaming.approve_rename
    assert code_of(lambda: act(cast.city_admin, made.pk)) == "superior-changed"


def test_the_operator_renames_the_root(cast: Cast) -> None:
    old = cast.province.name
    run = CliRunner().invoke(command, ["rename", old, "中共东海省委员会"])
    assert run.exit_code == 0, run.output
    assert f"{old} → 中共东海省委员会" in run.output
    cast.province.refresh_from_db()
    assert cast.province.name == "中共东海省委员会"
    assert [one.name for one in cast.province.former_names.all()] == [old]
    assert events(cast.province) == ["certification.renamed"]
    operator = Operator()
    assert code_of(lambda: settings.rename_root(operator, cast.city.pk, NEW)) == "not-the-root"
    with pytest.raises(PermissionDenied):
        settings.rename_root(cast.province_admin, cast.province.pk, NEW)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        settings.rename_root(operator, cast.province.pk, "")


# pages and API


def test_asking_and_deciding_on_the_console(cast: Cast) -> None:
    mine, theirs = sign_in(cast.owner), sign_in(cast.city_admin)
    form = reverse("certification:console_rename", args=[cast.county.pk])
    assert form in mine.get(reverse("organizations:console_home")).content.decode()
    assert form not in sign_in(cast.whole_admin).get("/console/").content.decode()
    long = "中共历山区委宣传部机关委员会第一党总支部委员会"
    answer = mine.post(form, {"name": long, "purpose": "撤县设区"}, follow=True)
    page = answer.content.decode()
    assert "改名申请已提交" in page
    assert "建议适当缩写" in page
    assert "提交申请" not in page
    settings_page = reverse("certification:settings", args=[cast.county.pk])
    phone = mine.get(settings_page).content.decode()
    assert long in phone
    assert "待审核" in phone
    assert "电脑端" in phone
    console = reverse("certification:console_received")
    assert console in theirs.get("/console/").content.decode()
    listed = theirs.get(console).content.decode()
    assert long in listed
    assert "1 份申请等你审核" in listed
    made = RenameRequest.objects.get()
    refuse = reverse("certification:console_refuse_rename", args=[made.pk])
    back = theirs.post(refuse, {"reason": "由" * 101})
    assert back.status_code == 422
    assert "由" * 101 in back.content.decode()
    approve = reverse("certification:console_approve_rename", args=[made.pk])
    done = theirs.post(approve, follow=True).content.decode()
    assert f"已同意改名：{long}" in done
    assert theirs.post(approve).status_code == 409
    assert "已通过" in mine.get(settings_page).content.decode()


def test_deciding_on_the_phone(cast: Cast) -> None:
    made, theirs = ask(cast), sign_in(cast.city_admin)
    listed = reverse("certification:received", args=[cast.city.pk])
    work = theirs.get(reverse("organizations:home", args=[cast.city.pk])).content.decode()
    assert "申请改名" in work
    assert NEW in theirs.get(listed).content.decode()
    refuse = reverse("certification:refuse_rename", args=[made.pk])
    back = theirs.post(refuse, {"reason": ""})
    assert back.status_code == 422
    assert "请填写原因" in back.content.decode()
    answer = theirs.post(refuse, {"reason": "批复未到"})
    assert answer.headers["Location"] == listed
    assert "批复未到" in theirs.get(listed).content.decode()


def test_the_lists_take_the_same_statements_however_long(cast: Cast) -> None:
    addresses = [
        reverse("certification:received", args=[cast.city.pk]),
        reverse("certification:console_received"),
        "/api/v1/rename-requests",
    ]
    browser = sign_in(cast.city_admin)

    def statements() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as seen:
                assert browser.get(address).status_code == 200
            counts.append(len(seen))
        return counts

    ask(cast)
    statements()  # what is read once
    before = statements()
    for number in range(9):
        town = put_in_chain(OrganizationFactory(), cast.city)
        RenameRequest.objects.create(
            organization=town,
            superior=cast.city,
            old_name=town.name,
            new_name=f"中共第{number}镇委员会",
            asked_by=UserFactory(),
            asked_at=town.created_at,
        )
    assert statements() == before


def test_withdrawing_on_the_console(cast: Cast) -> None:
    made, mine = ask(cast), sign_in(cast.owner)
    address = reverse("certification:console_withdraw_rename", args=[made.pk])
    assert "改名申请已撤回" in mine.post(address, follow=True).content.decode()
    made.refresh_from_db()
    assert made.state == "withdrawn"


def test_the_api(cast: Cast) -> None:
    base = "/api/v1"
    own = f"{base}/organizations/{cast.county.pk}/rename-requests"

    def send(who: User, address: str, body: Any = None) -> tuple[int, Any]:
        answer = sign_in(who).post(address, body or {}, content_type="application/json")
        return answer.status_code, answer.json()

    assert send(cast.owner, own, {"name": ""})[0] == 422
    assert send(cast.whole_admin, own, {"name": NEW})[0] == 403
    status, made = send(cast.owner, own, {"name": NEW, "purpose": "撤县设区"})
    assert (status, made["state"], made["new_name"], made["warnings"]) == (201, "pending", NEW, [])
    assert send(cast.owner, own, {"name": NEW})[1]["code"] == "rename-pending"
    one = f"{base}/rename-requests/{made['id']}"
    assert send(cast.stranger, f"{one}/approve")[0] == 404
    assert send(cast.owner, f"{one}/approve")[0] == 403
    status, problem = send(cast.city_admin, f"{one}/refuse", {"reason": ""})
    assert (status, problem["errors"][0]["field"]) == (422, "reason")
    assert send(cast.owner, f"{one}/withdraw")[1]["state"] == "withdrawn"
    status, second = send(cast.owner, own, {"name": NEW})
    one = f"{base}/rename-requests/{second['id']}"
    assert send(cast.city_admin, f"{one}/approve")[1]["organization"]["name"] == NEW
    assert sign_in(cast.owner).get(own).json()["total"] == 2
    received = sign_in(cast.city_admin).get(f"{base}/rename-requests?state=approved").json()
    assert [row["id"] for row in received["items"]] == [second["id"]]
    asked = sign_in(cast.owner).get(f"{base}/rename-requests?direction=asked").json()
    assert asked["total"] == 2
    assert (
        sign_in(cast.city_admin).get(f"{base}/rename-requests?direction=asked").json()["items"]
        == []
    )
    assert sign_in(cast.member).get(own).status_code == 403
