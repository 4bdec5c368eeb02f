"""The console's table of members: its address, its order, whom it shows, what it costs."""

from dataclasses import replace

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lianxue.organizations import queries
from lianxue.organizations.models import (
    HiddenPhones,
    Membership,
    Organization,
    RoleGrant,
    SecuritySettings,
)
from lianxue.organizations.queries import table
from lianxue.organizations.queries.table import TableView
from lianxue.shared.errors import NotFound
from tests.cast import Cast, sign_in
from tests.factories import make_branch

ADDRESS = "/console/orgs/{}/tree/"


def names(page: object) -> list[str]:
    return [row.name for row in page.items]  # type: ignore[attr-defined]


def fill(organization: Organization, count: int, first: int = 0) -> None:
    """So many awaited people, in turn without a branch and in a branch of their own."""
    branch = organization.branches.filter(name="新支部").first() or make_branch(
        organization, "新支部"
    )
    Membership.objects.bulk_create(
        [
            Membership(
                organization=organization,
                branch=branch if number % 2 else None,
                phone=f"150{number:08d}",
                name=f"名{number}",
                sort_key=f"ming{number:06d}",
                created_at=timezone.now(),
            )
            for number in range(first, first + count)
        ],
        batch_size=500,
    )


# ---------- the address ----------


@given(
    st.dictionaries(st.sampled_from([*TableView.NAMES, "other"]), st.text(max_size=60)),
    st.text(max_size=80),
)
def test_any_address_is_a_view(asked: dict[str, str], columns: str) -> None:
    view = TableView.parse(asked, columns)
    assert view.sort in table.SORTS
    assert view.size in table.SIZES
    assert view.state in {"", *table.STATES}
    assert view.role in {"", *table.ROLES}
    assert view.page >= 1
    assert len(view.text) <= 40
    assert set(view.columns) <= set(table.COLUMNS)
    assert view.columns


@given(
    st.builds(
        TableView,
        branch_id=st.none() | st.integers(1, 10**17),
        direct=st.booleans(),
        state=st.sampled_from(["", *table.STATES]),
        role=st.sampled_from(["", *table.ROLES]),
        text=st.text("刘洋李明ly019&=?%+#/", max_size=20),
        sort=st.sampled_from(list(table.SORTS)),
        descending=st.booleans(),
        page=st.integers(1, 10**6),
        size=st.sampled_from(table.SIZES),
    )
)
def test_a_view_comes_back_from_its_own_address(view: TableView) -> None:
    asked = QueryDict(view.query(page=view.page))
    again = TableView.parse({name: asked.get(name, "") for name in view.NAMES})
    assert replace(again, columns=view.columns) == view
    assert view.sort in {"name", *again.columns}, "what it is sorted by is shown"


def test_a_change_begins_at_the_first_page() -> None:
    view = TableView(page=7, state="active")
    assert view.query(size=50) == "state=active&size=50"
    assert view.query(page=3) == "state=active&page=3"
    assert TableView().query() == ""


def test_the_order_turns_round() -> None:
    assert TableView().turned("name") == "sort=-name"
    assert TableView(descending=True).turned("name") == ""
    assert TableView(descending=True).turned("state") == "sort=state"
    assert TableView(sort="state").direction("state") == "ascending"
    assert TableView(sort="state").direction("name") == ""


# ---------- the rows ----------


def test_filters(cast: Cast) -> None:
    def found(**values: object) -> set[str]:
        return set(names(table.page_of(cast.owner, cast.county, TableView(**values))))  # type: ignore[arg-type]

    everybody = {"李明", "王秀英", "张建国", "陈静", "刘洋", "孙未来"}
    assert found() == everybody
    assert found(branch_id=cast.general_branch.pk) == {"王秀英", "刘洋", "孙未来"}
    assert found(branch_id=cast.general_branch.pk, direct=True) == {"王秀英"}
    assert found(direct=True) == {"李明", "陈静"}
    assert found(state="invited") == {"孙未来"}
    assert found(role="admin") == {"李明", "王秀英", "张建国", "陈静"}
    assert found(role="main_admin") == {"李明"}
    assert found(role="learning_admin") == {"王秀英", "张建国", "陈静"}
    assert found(role="member") == {"刘洋", "孙未来"}
    assert found(text="刘") == {"刘洋"}
    assert found(text="刘", state="invited") == set()
    with pytest.raises(NotFound):
        found(branch_id=999_999)


@pytest.mark.parametrize("sort", list(table.SORTS))
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("size", [20, 50])
def test_pages_make_up_the_whole_order(cast: Cast, sort: str, descending: bool, size: int) -> None:
    """Counted from either end, the pages together are ``rows``, each person once."""
    fill(cast.county, 65)
    Membership.objects.filter(name="名3").update(reminded_at=timezone.now())
    view = TableView(sort=sort, descending=descending, size=size)
    whole = [row.pk for row in table.rows(cast.owner, cast.county, view)]
    first = table.page_of(cast.owner, cast.county, view)
    assert first.total == len(whole) == 71
    pages = [
        row.pk
        for number in range(1, first.pages + 1)
        for row in table.page_of(
            cast.owner,
            cast.county,
            TableView(sort=sort, descending=descending, size=size, page=number),
        ).items
    ]
    assert pages == whole
    turned = TableView(sort=sort, descending=not descending)
    other = [row.pk for row in table.rows(cast.owner, cast.county, turned)]
    assert sorted(other) == sorted(whole)
    assert other != whole


def test_empty_comes_first_on_every_database(cast: Cast) -> None:
    assert names(table.page_of(cast.owner, cast.county, TableView(sort="activated")))[0] == "孙未来"
    view = TableView(sort="activated", descending=True)
    assert names(table.page_of(cast.owner, cast.county, view))[-1] == "孙未来"


def test_an_impossible_page_is_the_nearest(cast: Cast) -> None:
    assert table.page_of(cast.owner, cast.county, TableView(page=99)).number == 1
    assert table.page_of(cast.owner, cast.county, TableView(text="无此人", page=9)).items == []


def test_it_shows_whom_the_viewer_sees(cast: Cast) -> None:
    SecuritySettings.objects.create(organization=cast.county, reach="subtree")
    found = names(table.page_of(cast.colleague, cast.county, TableView()))
    assert "张建国" not in found, "another branch's"
    assert {"王秀英", "刘洋", "孙未来", "李明"} <= set(found), "the own scope and who is in charge"


@pytest.mark.parametrize("count", [10, 1000])
def test_the_page_costs_the_same_at_a_thousand(cast: Cast, count: int) -> None:
    fill(cast.county, count)
    for person in (cast.owner, cast.colleague):
        client = sign_in(person)
        client.get(ADDRESS.format(cast.county.pk))
        with CaptureQueriesContext(connection) as spent:
            answer = client.get(ADDRESS.format(cast.county.pk), {"sort": "-branch", "page": "2"})
        assert answer.status_code == 200
        assert len(spent) <= 41, "\n".join(one["sql"][:120] for one in spent)


# ---------- the page ----------


def test_the_address_keeps_the_view(cast: Cast) -> None:
    fill(cast.county, 25)
    client = sign_in(cast.owner)
    text = client.get(
        ADDRESS.format(cast.county.pk), {"state": "invited", "sort": "-created", "size": "50"}
    ).text
    assert 'aria-sort="descending"' in text
    assert "刘洋" not in text.split('id="members"')[1]
    assert "?state=invited&amp;sort=created&amp;size=50" in text, "turned round"
    assert '<option value="invited" selected>' in text
    assert '<input type="hidden" name="sort" value="-created">' in text


def test_nonsense_in_the_address_is_the_usual_table(cast: Cast) -> None:
    junk = {
        "sort": "phone",
        "size": "7",
        "page": "-1",
        "state": "ended",
        "role": "x",
        "direct": "9",
    }
    text = sign_in(cast.owner).get(ADDRESS.format(cast.county.pk), junk).text
    assert 'aria-sort="ascending"' in text
    assert "刘洋" in text


def test_htmx_gets_the_part_alone(cast: Cast) -> None:
    client = sign_in(cast.owner)
    address = ADDRESS.format(cast.county.pk)
    part = client.get(address, {"q": "刘", "state": ""}, headers={"HX-Target": "members"})
    assert "<html" not in part.text
    assert part.text.lstrip().startswith('<div id="members"')
    assert part["HX-Push-Url"] == f"{address}?q=%E5%88%98"
    again = client.get(
        address, headers={"HX-Target": "members", "HX-History-Restore-Request": "true"}
    )
    assert "<html" in again.text


def test_only_whom_one_may_change_can_be_ticked(cast: Cast) -> None:
    text = sign_in(cast.colleague).get(ADDRESS.format(cast.county.pk)).text
    assert 'aria-label="选择刘洋"' in text
    assert 'aria-label="选择张建国"' not in text
    assert "张建国" in text
    assert "任命学习管理员" not in text
    assert "任命学习管理员" in sign_in(cast.owner).get(ADDRESS.format(cast.county.pk)).text


def test_columns_are_each_persons_choice(cast: Cast) -> None:
    client, address = sign_in(cast.owner), ADDRESS.format(cast.county.pk)
    assert "添加时间</a>" not in client.get(address).text
    answer = client.post(
        "/console/columns/", {"column": ["created", "state", "nonsense"], "next": address}
    )
    assert answer["Location"] == address
    assert answer.cookies[table.COLUMNS_COOKIE].value == "state.created"
    head = client.get(address).text.split("<thead>")[1].split("</thead>")[0]
    assert "添加时间" in head
    assert "所在支部" not in head
    client.post("/console/columns/", {"next": address})
    head = client.get(address).text.split("<thead>")[1].split("</thead>")[0]
    assert "所在支部" in head, "none chosen: the usual ones"
    away = client.post("/console/columns/", {"next": "https://elsewhere.example/"})
    assert away["Location"] == "/console/members/"


def test_a_hidden_number_stays_hidden(cast: Cast) -> None:
    HiddenPhones.objects.create(organization=cast.county, branch=cast.second_branch)
    text = sign_in(cast.colleague).get(ADDRESS.format(cast.county.pk)).text
    assert "号码已隐藏" in text
    assert cast.outsider_admin.phone[-4:] not in text.split('id="members"')[1]


def test_offices_with_their_scope(cast: Cast) -> None:
    assert RoleGrant.objects.filter(organization=cast.county).count() == 4
    text = sign_in(cast.owner).get(ADDRESS.format(cast.county.pk)).text
    assert "学习管理员<span" in text
    assert "（第一党总支）" in text


def test_the_filter_of_everybody_else_is_unchanged(cast: Cast) -> None:
    """The phone's list and the console's table find the same people by the same words."""
    for text in ("刘", "ly", "liuyang", cast.member.phone, cast.member.phone[-4:]):
        by_phone = queries.members(cast.owner, cast.county, queries.MemberFilter(text=text))
        by_table = table.rows(cast.owner, cast.county, TableView(text=text))
        assert {row.pk for row in by_phone} == {row.pk for row in by_table}
