"""The back arrow of a page that stands in several lists."""

from typing import Any

from django.urls import reverse

from tests.cast import Cast, sign_in


def url(name: str, *args: Any) -> str:
    return reverse(f"organizations:{name}", args=args)


def test_the_back_arrow_leads_to_the_list_one_came_from(cast: Cast) -> None:
    browser = sign_in(cast.owner)
    seat = cast.memberships[cast.member.pk]
    tree = f"{url('tree', cast.county.pk)}?branch={seat.branch_id}"
    found = f"{url('members', cast.county.pk)}?q=刘"
    for came, back in [
        ("", tree),
        (found, found),
        (url("admins", cast.county.pk), url("admins", cast.county.pk)),
        ("/me/", tree),
        ("http://evil.example/orgs/1/members/", tree),
    ]:
        headers = {"Referer": came if came.startswith("http") else f"http://testserver{came}"}
        page = browser.get(url("member", seat.pk), headers=headers).content.decode()
        arrow = page.split('class="bar-tool bar-back" href="')[1].split('"')[0]
        assert arrow == back, came
    page = browser.get(url("create"), headers={"Referer": f"http://testserver{url('work')}"})
    assert f'bar-back" href="{url("work")}"' in page.content.decode()
