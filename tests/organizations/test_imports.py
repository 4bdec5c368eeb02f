"""A roster against an organisation: what the preview says, who may, what the writing leaves."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from lianxue.accounts.models import User
from lianxue.audit.models import AuditEvent
from lianxue.audit.queries import check_stream
from lianxue.inbox.models import InboxItem
from lianxue.organizations import jobs, queries
from lianxue.organizations.actions import imports, members, roles, tokens
from lianxue.organizations.actions.imports import applying, branches, preparing, writing
from lianxue.organizations.actions.imports.branches import kind_of
from lianxue.organizations.models import (
    Branch,
    ImportRow,
    MemberImport,
    Membership,
    RoleGrant,
    RosterDetail,
)
from lianxue.organizations.newcomers import NewPerson
from lianxue.organizations.queries import imports as reads
from lianxue.shared.actors import Operator
from lianxue.shared.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    RateLimited,
    StateConflict,
)
from lianxue.shared.jobs import leases
from lianxue.shared.names import sort_key
from tests.cast import Cast
from tests.factories import MembershipFactory, UserFactory, make_branch
from tests.organizations.imports_help import bring, outcomes, row, upload

pytestmark = pytest.mark.django_db
DETAILED = ("姓名", "手机号", "所在党支部", "民族", "出生日期", "工作岗位")


def living(cast: Cast) -> dict[str, Membership]:
    rows = Membership.objects.filter(organization=cast.county).exclude(state="ended")
    return {one.phone: one for one in rows.select_related("branch")}


def prepare(cast: Cast, rows, actor=None, headings=DETAILED[:3], **options):
    return imports.prepare(actor or cast.owner, cast.county.pk, upload(rows, headings), **options)


# What the preview says


def test_rows_by_outcome_with_every_cell_before_and_after(cast: Cast) -> None:
    batch = prepare(
        cast,
        [
            ("周新", "13600000001", "第一党总支/第一党支部", "汉", "1990.1.2", "科员"),
            ("杨帆", cast.stranger.phone, "", "", "", ""),
            ("刘大洋", cast.member.phone, "第二党支部", "汉族", "", ""),
            ("陈静", cast.whole_admin.phone, "", "", "", ""),
            ("钱多", "136", "没有的支部", "", "1990-13-01", ""),
        ],
        headings=DETAILED,
    )
    assert outcomes(batch) == ["new", "new", "changed", "unchanged", "error"]
    assert batch.state == MemberImport.State.READY
    assert {key: batch.counts[key] for key in ("new", "changed", "unchanged", "error")} == {
        "new": 2,
        "changed": 1,
        "unchanged": 1,
        "error": 1,
    }
    new, there, changed = row(batch, 2), row(batch, 3), row(batch, 4)
    assert new.clean["birth_date"] == "1990-01-02"
    assert (new.branch, there.branch) == (cast.first_branch.pk, None)
    assert changed.before == {"name": "刘洋", "branch": "第一党总支/第一党支部", "ethnicity": ""}
    assert changed.clean["branch"] == "第二党支部"
    assert changed.left == cast.first_branch.pk
    assert set(row(batch, 6).errors) == {"phone", "branch", "birth_date"}
    assert not Membership.objects.filter(phone="13600000001").exists()


def test_the_preview_does_not_tell_who_is_registered(cast: Cast) -> None:
    numbers = [("杨帆", cast.stranger.phone, ""), ("杨帆", "13600000001", "")]
    batch = prepare(cast, numbers)
    known, unknown = row(batch, 2), row(batch, 3)
    for one in (known, unknown):
        one.raw["phone"] = one.clean["phone"] = ""
    assert known == unknown


def test_uploads_are_limited(cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr(preparing, "_AT_MOST", (2, 3600, "太频繁"))
    for _ in range(2):
        prepare(cast, [("周新", "13600000001", "")])
    with pytest.raises(RateLimited):
        prepare(cast, [("周新", "13600000001", "")])
    with pytest.raises(NotFound):
        prepare(cast, [("周新", "13600000001", "")], actor=cast.stranger)


def test_a_phone_twice_is_an_error_at_both_rows(cast: Cast) -> None:
    batch = prepare(cast, [("一一", "13600000001", ""), ("二二", "136 0000 0001", "")])
    assert row(batch, 2).errors == {"phone": "手机号和第 3 行相同，请只留一行。"}
    assert row(batch, 3).errors == {"phone": "手机号和第 2 行相同，请只留一行。"}


def test_two_numbers_of_one_member_are_an_error_at_both_rows(cast: Cast) -> None:
    seat = cast.memberships[cast.member.pk]
    Membership.objects.filter(pk=seat.pk).update(phone="13600000077")
    batch = prepare(cast, [("刘洋", "13600000077", ""), ("刘洋", cast.member.phone, "")])
    assert "同一位成员" in row(batch, 2).errors["phone"]
    assert "同一位成员" in row(batch, 3).errors["phone"]


def test_a_member_is_found_by_the_own_number_though_the_roster_has_another(cast: Cast) -> None:
    seat = cast.memberships[cast.member.pk]
    Membership.objects.filter(pk=seat.pk).update(phone="13600000077")
    batch = bring(cast.owner, cast.county, [("刘大洋", cast.member.phone, "")])
    assert batch.state == "done"
    seat.refresh_from_db()
    assert (seat.name, seat.phone) == ("刘大洋", "13600000077")


def test_the_same_name_under_another_number_is_new_with_a_warning(cast: Cast) -> None:
    batch = prepare(cast, [("刘洋", "13600000001", ""), ("周新", "13600000002", "")])
    assert outcomes(batch) == ["new", "new"]
    assert "已有同名成员" in row(batch, 2).warnings["name"]
    assert cast.member.phone not in row(batch, 2).warnings["name"]
    assert batch.counts["warning"] == 1
    assert [one.number for one in reads.rows_of(cast.owner, batch, "warning")] == [2]


def test_a_phone_of_another_organisation_is_no_error(cast: Cast) -> None:
    batch = bring(cast.owner, cast.county, [("吴磊", cast.other_member.phone, "")])
    assert batch.state == "done"
    assert Membership.objects.filter(user=cast.other_member, state="active").count() == 2


def test_empty_cells_erase_nothing_and_do_not_move(cast: Cast) -> None:
    data = [("刘洋", cast.member.phone, "", "汉族", "1990-01-02", "司机")]
    bring(cast.owner, cast.county, data, DETAILED)
    batch = prepare(cast, [("刘洋", cast.member.phone, "", "", "", "")], headings=DETAILED)
    assert outcomes(batch) == ["unchanged"]
    with pytest.raises(StateConflict, match="没有需要写入"):
        imports.confirm(cast.owner, batch.pk)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("第一党总支/第一党支部", "first"),
        ("第一党总支／第一党支部", "first"),
        ("第一党支部", "first"),
        ("中共历山县委宣传部/第一党总支", "general"),
        ("中共历山县委宣传部", None),
        ("第一 党总支", "general"),
    ],
)
def test_a_branch_by_its_path_or_a_part_that_is_unique(cast: Cast, typed, found) -> None:
    batch = prepare(cast, [("周新", "13600000001", typed)])
    wanted = {"first": cast.first_branch.pk, "general": cast.general_branch.pk, None: None}
    assert (row(batch, 2).errors, row(batch, 2).branch) == ({}, wanted[found])


def test_an_unknown_branch_names_similar_ones_and_a_double_name_the_choices(cast: Cast) -> None:
    other = make_branch(cast.county, "第二党总支", kind="general_branch")
    make_branch(cast.county, "第一党支部", parent=Branch.objects.get(pk=other.pk))
    batch = prepare(
        cast,
        [
            ("一一", "13600000001", "第二党之部"),
            ("二二", "13600000002", "第一党支部"),
            ("三三", "13600000003", "完全不同"),
        ],
    )
    near = row(batch, 2).errors["branch"]
    assert near.startswith("没有找到支部“第二党之部”。是不是“第二党支部”")
    assert "“第一党总支/第一党支部”、“第二党总支/第一党支部”" in row(batch, 3).errors["branch"]
    assert "组织架构" in row(batch, 4).errors["branch"]


def test_branches_are_made_when_that_was_chosen(cast: Cast) -> None:
    rows = [
        ("一一", "13600000001", "第一党总支/第三党支部/第一党小组"),
        ("二二", "13600000002", "机关党委"),
        ("三三", "13600000003", "第一党总支/第三党支部"),
        ("四四", "13600000004", "第一 党总支/第三党支部"),
    ]
    batch = bring(cast.owner, cast.county, rows, make_branches=True)
    assert batch.state == "done"
    made = {one.name: one for one in Branch.objects.filter(organization=cast.county)}
    third, group = made["第三党支部"], made["第一党小组"]
    assert (third.kind, group.kind, made["机关党委"].kind) == ("branch", "group", "committee")
    assert Branch.objects.get_parent(third) == cast.general_branch
    assert Branch.objects.get_parent(group) == third
    assert {one["path"] for one in batch.made_branches} == {
        "第一党总支/第三党支部",
        "第一党总支/第三党支部/第一党小组",
        "机关党委",
    }
    places = {one.name: one.branch for one in living(cast).values()}
    assert (places["一一"], places["三三"], places["四四"]) == (group, third, third)
    assert Branch.objects.find_problems() == ([], [], [], [], [])
    assert AuditEvent.objects.filter(action="branch.added").count() == 3


def test_a_tree_does_not_get_too_deep(cast: Cast) -> None:
    batch = prepare(cast, [("一一", "13600000001", "第一党总支/二/三/四/五/六/七/八/九")],
                    make_branches=True)  # fmt: skip
    assert "最多 8 级" in row(batch, 2).errors["branch"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("机关党委", "committee"),
        ("中共某某局委员会", "committee"),
        ("机关总支部委员会", "general_branch"),
        ("第一支部委员会", "branch"),
        ("第三党小组", "group"),
        ("办公室", "branch"),
    ],
)
def test_a_kind_by_the_name(name, kind) -> None:
    assert kind_of(name) == kind


# Who may


def test_a_scoped_administrator_imports_into_the_own_scope_only(cast: Cast) -> None:
    batch = prepare(
        cast,
        [
            ("一一", "13600000001", "第一党支部"),
            ("二二", "13600000002", ""),
            ("三三", "13600000003", "第二党支部"),
            ("李明", cast.owner.phone, "第一党支部"),
            ("刘大洋", cast.member.phone, ""),
        ],
        actor=cast.colleague,
    )
    assert outcomes(batch) == ["new", "error", "error", "error", "changed"]
    assert "请填写所在党支部" in row(batch, 3).errors["branch"]
    assert "不在您的管理范围内" in row(batch, 4).errors["branch"]
    assert row(batch, 5).errors["phone"] == "这个号码是本组织其他成员的，不在您的管理范围内。"
    made = prepare(
        cast,
        [("一一", "13600000001", "新支部"), ("二二", "13600000002", "第二党支部/新小组")],
        actor=cast.colleague,
        make_branches=True,
    )
    assert row(made, 2).make == "第一党总支/新支部"
    assert "管理的支部" in row(made, 3).errors["branch"]


def test_an_administrators_name_is_the_main_administrators_to_change(cast: Cast) -> None:
    rows = [("李小明", cast.owner.phone, ""), ("陈小静", cast.whole_admin.phone, "第二党支部")]
    batch = prepare(cast, rows, actor=cast.whole_admin)
    assert "由主管理员修改" in row(batch, 2).errors["name"]
    assert row(batch, 3).before == {"name": "陈静", "branch": ""}  # oneself
    assert outcomes(prepare(cast, rows)) == ["changed", "changed"]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("member", PermissionDenied), ("stranger", NotFound), ("other_member", NotFound)],
)
def test_only_administrators_upload(cast: Cast, who, refusal) -> None:
    with pytest.raises(refusal):
        prepare(cast, [("一一", "13600000001", "")], actor=getattr(cast, who))


def test_who_sees_confirms_drops_and_undoes(cast: Cast) -> None:
    batch = prepare(cast, [("一一", "13600000001", "第一党支部")], actor=cast.colleague)
    for outside in (cast.stranger, cast.other_member, cast.outsider_admin):
        with pytest.raises(NotFound):
            reads.get_import(outside, batch.pk)
    with pytest.raises(PermissionDenied):
        reads.get_import(cast.member, batch.pk)
    assert list(reads.imports_of(cast.outsider_admin, cast.county)) == []
    assert list(reads.imports_of(cast.owner, cast.county)) == [batch]
    for other in (cast.owner, cast.whole_admin, Operator()):
        with pytest.raises(PermissionDenied, match="由上传的人确认"):
            imports.confirm(other, batch.pk)
        with pytest.raises(PermissionDenied):
            imports.replan(other, batch.pk)
    with pytest.raises(NotFound):
        imports.drop(cast.outsider_admin, batch.pk)
    imports.confirm(cast.colleague, batch.pk)
    assert imports.apply(batch.pk).state == "done"
    with pytest.raises(NotFound):
        imports.undo(cast.outsider_admin, batch.pk)
    assert imports.undo(cast.whole_admin, batch.pk).state == "undone"


# What the writing leaves


def test_everything_is_written_at_once_with_tokens_details_greeting_and_one_event(
    cast: Cast,
) -> None:
    batch = bring(
        cast.owner,
        cast.county,
        [
            ("周新", "13600000001", "第一党支部", "汉族", "1990-01-02", "科员"),
            ("杨帆", cast.stranger.phone, "", "", "", ""),
            ("刘大洋", cast.member.phone, "第二党支部", "", "", "司机"),
        ],
        DETAILED,
    )
    assert (batch.state, batch.note) == ("done", "")
    now = living(cast)
    new, there, changed = (
        now[phone] for phone in ("13600000001", cast.stranger.phone, cast.member.phone)
    )
    assert (new.name, new.state, new.user, new.branch) == (
        "周新",
        "invited",
        None,
        cast.first_branch,
    )
    assert (there.state, there.user, there.branch) == ("active", cast.stranger, None)
    assert (changed.name, changed.branch, changed.state) == ("刘大洋", cast.second_branch, "active")
    assert [one.sort_key for one in (new, changed)] == [sort_key("周新"), sort_key("刘大洋")]
    details = {one.pk: json.loads(one.data) for one in RosterDetail.objects.all()}
    assert details == {
        new.pk: {"ethnicity": "汉族", "birth_date": "1990-01-02", "post": "科员"},
        changed.pk: {"post": "司机"},
    }
    assert tokens.rebuild(Operator(), check=True).wrong == 0
    greeting = InboxItem.objects.get(topic="member.welcome")
    assert greeting.place == f"user:{cast.stranger.pk}"
    assert InboxItem.objects.get(topic="member.renamed").place == f"user:{cast.member.pk}"
    event = AuditEvent.objects.get(action="member.imported")
    assert event.actor_id == cast.owner.pk
    assert (event.data["new"], event.data["changed"], event.data["active"]) == (2, 1, 1)
    assert (event.data["digest"], len(event.data["change_digest"])) == (batch.digest, 64)
    assert "13600000001" not in json.dumps(event.data)
    assert check_stream(f"org:{cast.county.pk}").broken_at is None
    assert [one.membership_id for one in ImportRow.objects.order_by("number")] == [
        new.pk,
        there.pk,
        changed.pk,
    ]
    assert batch.progress == {"step": "done", "done": 3, "of": 3}
    assert User.objects.filter(phone="13600000001").count() == 0


def test_the_same_file_again_changes_nothing(cast: Cast) -> None:
    rows = [("周新", "13600000001", "第一党支部"), ("杨帆", cast.stranger.phone, "新支部")]
    bring(cast.owner, cast.county, rows, make_branches=True)
    assert outcomes(prepare(cast, rows)) == ["unchanged", "unchanged"]


def test_the_imported_register_and_become_active(cast: Cast) -> None:
    bring(cast.owner, cast.county, [("周新", "13600000001", "第一党支部")])
    user = UserFactory(phone="13600000001", name="周新")
    members.activate_for(user)
    assert living(cast)["13600000001"].state == "active"


def test_who_registers_between_look_and_writing_is_active(cast: Cast, monkeypatch) -> None:
    batch = prepare(cast, [("周新", "13600000001", "")])
    imports.confirm(cast.owner, batch.pk)
    insert = writing.insert_members

    def register_meanwhile(*args):
        insert(*args)
        UserFactory(phone="13600000001", name="周新")

    monkeypatch.setattr(writing, "insert_members", register_meanwhile)
    imports.apply(batch.pk)
    seat = living(cast)["13600000001"]
    assert (seat.state, seat.user.name) == ("active", "周新")
    assert InboxItem.objects.filter(topic="member.welcome").count() == 1


def test_rows_in_error_hold_everything_up_unless_left_out_on_purpose(cast: Cast) -> None:
    batch = prepare(cast, [("周新", "13600000001", ""), ("钱多", "1", "")])
    with pytest.raises(StateConflict, match="1 行有错误"):
        imports.confirm(cast.owner, batch.pk)
    imports.confirm(cast.owner, batch.pk, leave_out_errors=True)
    assert imports.apply(batch.pk).state == "done"
    assert "13600000001" in living(cast)


def test_a_row_in_error_stays_out_though_it_is_well_by_now(cast: Cast) -> None:
    batch = prepare(cast, [("周新", "13600000001", ""), ("钱多", "13600000002", "新支部")])
    imports.confirm(cast.owner, batch.pk, leave_out_errors=True)
    make_branch(cast.county, "新支部")
    assert imports.apply(batch.pk).state == "done"
    assert "13600000002" not in living(cast)


@pytest.mark.parametrize("change", ["added", "moved", "renamed", "removed", "branch", "office"])
def test_what_changed_since_the_preview_fails_cleanly_and_can_be_looked_at_again(
    cast: Cast, change
) -> None:
    seat = cast.memberships[cast.member.pk]
    rows = [("周新", "13600000001", "第二党支部"), ("刘大洋", cast.member.phone, "第二党支部")]
    actor = cast.colleague if change == "office" else cast.owner
    if change == "office":
        rows = [("周新", "13600000001", "第一党支部"), ("刘大洋", cast.member.phone, "")]
    batch = prepare(cast, rows, actor=actor)
    imports.confirm(actor, batch.pk)
    if change == "added":
        members.add_members(cast.owner, cast.county.pk, None, [NewPerson("周新", "13600000001")])
    elif change == "moved":
        members.move_members(cast.owner, cast.county.pk, [seat.pk], None)
    elif change == "renamed":
        Membership.objects.filter(pk=seat.pk).update(name="刘海洋")
    elif change == "removed":
        members.remove_member(cast.owner, seat.pk, "调走")
    elif change == "branch":
        Branch.objects.filter(pk=cast.second_branch.pk).update(name="第九党支部")
    else:
        roles.dismiss(cast.owner, RoleGrant.objects.get(membership__user=cast.colleague).pk)
    before = sorted(living(cast))
    batch = imports.apply(batch.pk)
    assert batch.state == "failed"
    assert sorted(living(cast)) == before
    assert not AuditEvent.objects.filter(action="member.imported").exists()
    assert InboxItem.objects.filter(topic="import", place=f"user:{actor.pk}").exists()
    if change == "office":
        assert "管理员" in batch.note
        return
    numbers = {"added": "第 2 行", "branch": "第 2、3 行"}.get(change, "第 3 行")
    assert batch.note.startswith(f"核对之后，{numbers}的情况有了变化")
    again = imports.replan(cast.owner, batch.pk)
    assert (again.state, again.note) == ("ready", "")
    if change != "branch":
        imports.confirm(cast.owner, batch.pk)
        assert imports.apply(batch.pk).state == "done"


def test_replan_with_another_wish(cast: Cast) -> None:
    batch = prepare(cast, [("周新", "13600000001", "新支部")])
    assert outcomes(batch) == ["error"]
    again = imports.replan(cast.owner, batch.pk, True)
    assert (outcomes(again), again.make_branches) == (["new"], True)
    assert reads.about(again).columns["name"] == "姓名"
    assert again.counts["error"] == 0


def test_an_unforeseen_error_writes_nothing_and_says_so(cast: Cast, monkeypatch, caplog) -> None:
    batch = prepare(cast, [("周新", "13600000001", "")])
    imports.confirm(cast.owner, batch.pk)

    def burst(*args):
        raise RuntimeError("13600000001")

    monkeypatch.setattr(applying, "_finish", burst)
    batch = imports.apply(batch.pk)
    assert (batch.state, "什么都没有改动" in batch.note) == ("failed", True)
    assert "13600000001" not in living(cast)
    assert "RuntimeError" in caplog.text
    assert "13600000001" not in caplog.text


def test_apply_twice_and_in_any_other_state_does_nothing_more(cast: Cast) -> None:
    batch = prepare(cast, [("周新", "13600000001", "")])
    assert imports.apply(batch.pk).state == "ready"
    imports.confirm(cast.owner, batch.pk)
    for _ in range(2):
        assert imports.apply(batch.pk).state == "done"
    assert AuditEvent.objects.filter(action="member.imported").count() == 1


def test_confirming_puts_a_job_in_the_queue_that_writes_it(cast: Cast) -> None:
    batch = prepare(cast, [("周新", "13600000001", "")])
    imports.confirm(cast.owner, batch.pk)
    claimed = leases.claim("test", 60)
    claimed.task.task.call(*claimed.task.args_kwargs["args"])
    batch.refresh_from_db()
    assert batch.state == "done"
    assert DBTaskResult.objects.count() == 1


def test_one_at_a_time_and_no_state_is_left_twice(cast: Cast) -> None:
    first = prepare(cast, [("周新", "13600000001", "")])
    second = prepare(cast, [("钱多", "13600000002", "")])
    imports.confirm(cast.owner, first.pk)
    for act in (imports.confirm, imports.replan, imports.undo):
        with pytest.raises(StateConflict):
            act(cast.owner, first.pk)
    with pytest.raises(StateConflict, match="正在写入"):
        imports.confirm(cast.owner, second.pk)
    imports.apply(first.pk)
    for act in (imports.confirm, imports.replan, imports.drop):
        with pytest.raises(StateConflict):
            act(cast.owner, first.pk)


def test_dropping_deletes_the_rows_and_a_queued_one_is_not_written(cast: Cast) -> None:
    batch = prepare(cast, [("周新", "13600000001", "")])
    imports.confirm(cast.owner, batch.pk)
    imports.drop(cast.owner, batch.pk)
    assert imports.apply(batch.pk).state == "dropped"
    assert not ImportRow.objects.filter(batch=batch).exists()
    assert "13600000001" not in living(cast)
    with pytest.raises(StateConflict):
        imports.drop(cast.owner, batch.pk)


def test_rows_are_kept_thirty_days_and_no_longer(cast: Cast) -> None:
    done = bring(cast.owner, cast.county, [("周新", "13600000001", "")])
    ready = prepare(cast, [("钱多", "13600000002", "")])
    lost = prepare(cast, [("孙好", "13600000003", "")])
    imports.confirm(cast.owner, lost.pk)
    jobs.purge_imports.call()
    assert ImportRow.objects.count() == 3
    ago = timezone.now() - timedelta(days=31)
    MemberImport.objects.update(created_at=ago)
    MemberImport.objects.filter(pk=done.pk).update(finished_at=ago)
    MemberImport.objects.filter(pk=lost.pk).update(confirmed_at=ago)
    jobs.purge_imports.call()
    states = dict(MemberImport.objects.values_list("pk", "state"))
    assert states == {done.pk: "done", ready.pk: "dropped", lost.pk: "dropped"}
    assert not ImportRow.objects.exists()
    with pytest.raises(StateConflict, match="超过 30 天"):
        imports.undo(cast.owner, done.pk)


def test_similar_names_are_looked_up_for_the_first_few_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes milliseconds, also under the lock: 10,000 odd cells would hold everybody up."""
    asked = []
    monkeypatch.setattr(branches.BranchFinder, "_near", lambda _, parts: asked.append(parts) or [])
    rows = [("赵新", f"136{number:08}", f"解放路{number}号") for number in range(200)]
    batch = prepare(cast, rows)
    assert outcomes(batch) == ["error"] * 200
    assert len(asked) == 50


def test_only_so_many_branches_are_made_at_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "MAX_MADE", 2)
    rows = [("赵新", f"1360000000{number}", f"新{number}支部") for number in range(3)]
    rows.append(("钱新", "13600000009", "新0支部"))
    batch = prepare(cast, rows, make_branches=True)
    assert outcomes(batch) == ["new", "new", "error", "new"]
    assert "一次最多自动建立 2 个支部" in row(batch, 4).errors["branch"]


def test_a_bad_file_keeps_nothing(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        imports.prepare(cast.owner, cast.county.pk, imports.Upload("a.xlsx", b"PK\x03\x04"))
    assert not MemberImport.objects.exists()


def test_a_dissolved_organisation_takes_no_import(cast: Cast) -> None:
    batch = prepare(cast, [("周新", "13600000001", "")])
    imports.confirm(cast.owner, batch.pk)
    type(cast.county).objects.filter(pk=cast.county.pk).update(
        dissolved_at=timezone.now(), chain_path=None, certified_at=None, superior=None
    )
    assert imports.apply(batch.pk).state == "failed"


def test_what_is_kept_of_a_file(cast: Cast) -> None:
    rows = [("张三", "13600000001", "110105", "爱"), ("合计", "", "", "")]
    data = upload(rows, ("姓名", "手机", "身份证号", "爱好"))
    batch = imports.prepare(cast.owner, cast.county.pk, data)
    about = reads.about(batch)
    assert about.columns == {"name": "姓名", "phone": "手机"}
    assert (about.ignored, about.id_numbers, about.skipped) == (["爱好"], True, [(3, "合计")])
    stored = ImportRow.objects.get(batch=batch)
    assert "110105" not in stored.data
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM organizations_importrow")
        [[kept]] = cursor.fetchall()
    assert "13600000001" not in kept


# What it costs


def many(count: int) -> list[tuple[str, str, str]]:
    return [("张三", f"136{number:08d}", "第一党支部") for number in range(count)]


def statements(cast: Cast, count: int) -> list[int]:
    """Of preparing, of writing, of one page of the preview, of undoing."""
    counted: list[int] = []
    imports.drop(cast.owner, prepare(cast, many(1)).pk)  # the first upload begins a count

    def count_of(act):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            result = act()
        counted.append(len(seen))
        return result

    batch = count_of(lambda: prepare(cast, many(count)))
    imports.confirm(cast.owner, batch.pk)
    count_of(lambda: imports.apply(batch.pk))
    count_of(lambda: list(reads.rows_of(cast.owner, batch, "new")[:50]))
    count_of(lambda: imports.undo(cast.owner, batch.pk))
    return counted


def test_statements_do_not_grow_with_the_rows(cast: Cast) -> None:
    assert statements(cast, 10) == statements(cast, 90)  # within one batch of each


@pytest.mark.slow
def test_statements_of_a_thousand_rows(cast: Cast) -> None:
    few, more = statements(cast, 10), statements(cast, 1000)
    assert all(b <= a + 20 for a, b in zip(few, more, strict=True)), (few, more)


def test_a_page_of_imports_takes_the_same_statements_for_one_and_for_ten(cast: Cast) -> None:
    def page() -> int:
        with CaptureQueriesContext(connection) as seen:
            for batch in reads.imports_of(cast.owner, cast.county)[:20]:
                assert batch.created_by.name
                assert batch.organization.name
        return len(seen)

    prepare(cast, many(1))
    one = page()
    for _ in range(9):
        prepare(cast, many(1))
    assert page() == one


def test_members_and_log_pages_show_what_was_imported(cast: Cast) -> None:
    bring(cast.owner, cast.county, many(3))
    assert queries.members(cast.owner, cast.county).filter(name="张三").count() == 3


def test_ended_memberships_do_not_stand_in_the_way(cast: Cast) -> None:
    gone = MembershipFactory(
        organization=cast.county, user=None, phone="13600000001", name="周新", state="ended"
    )
    batch = bring(cast.owner, cast.county, [("周新", "13600000001", "")])
    assert batch.state == "done"
    assert living(cast)["13600000001"].pk != gone.pk
