"""A film goes on where one stopped, and only playing finishes it; texts need no scripts."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import PHONE, Opener, Site, States
from .people import COUNTY_ADMIN, button, come_in

FILM, ARTICLE = "自助借书，三步一分钟", "接到陌生电话，先做这三件事"


def find(page: Page, title: str) -> None:
    """By the search of the 学习 tab."""
    page.goto(f"/learn/search/?q={title[:4]}")
    page.get_by_role("link", name=re.compile(title)).first.click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def at(film: Locator) -> float:
    found: float = film.evaluate("film => film.currentTime")
    return found


def play(film: Locator, until: float) -> None:
    """Twice as fast, without a sound, up to that second."""
    film.evaluate("film => { film.muted = true; film.playbackRate = 2; return film.play(); }")
    film.page.wait_for_function(
        "until => { const film = document.querySelector('video');"
        " return film.ended || film.currentTime >= until; }",
        arg=until,
        timeout=60_000,
    )


def percent(page: Page) -> int:
    found = re.search(r"已播放\s*(\d+)%", page.locator("#item-state").inner_text())
    assert found
    return int(found[1])


def test_a_film_resumed_jumped_over_and_seen(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    find(page, FILM)
    film = page.locator("video")
    assert percent(page) == 0
    play(film, 8)
    film.evaluate("film => film.pause()")
    expect(page.locator("#item-state")).not_to_contain_text("已播放 0%")
    seen = percent(page)
    assert 15 <= seen <= 40

    page.goto("/learn/")  # gone, and back: on from there
    find(page, FILM)
    expect(page.get_by_text("会从那里继续")).to_be_visible()
    page.wait_for_function("() => document.querySelector('video').currentTime >= 7")
    assert at(film) < 14
    assert percent(page) == seen

    film.evaluate("film => { film.currentTime = film.duration - 1; }")
    play(film, 10_000)  # to its end
    expect(page.locator("#item-state")).not_to_contain_text(f"已播放 {seen}%")
    assert percent(page) < 60, "what was jumped over is not played"
    page.reload()
    assert percent(page) < 60
    assert at(film) < 5, "who was at the end begins anew"

    film.evaluate("film => { film.currentTime = 7; }")
    play(film, 10_000)
    expect(page.locator("#item-state")).to_contain_text("看完。")
    expect(page.locator("#item-state")).to_contain_text("得 1 分。")
    page.reload()
    expect(page.locator("#item-state")).to_contain_text("看完。")
    page.get_by_role("link", name="积分明细").click()
    expect(page.get_by_text(FILM).first).to_be_visible()


def test_who_has_the_end_before_the_eyes_has_read_it(
    own_demo: Site, open_browser: Opener, states: States
) -> None:
    page = come_in(open_browser, own_demo, states, COUNTY_ADMIN)
    find(page, ARTICLE)
    expect(page.get_by_role("button", name="读完了")).to_be_attached()
    page.locator("[data-end]").scroll_into_view_if_needed()
    expect(page.locator("#item-state")).to_contain_text("读完。", timeout=20_000)


def test_without_scripts(
    own_demo: Site, browser: Browser, open_browser: Opener, states: States
) -> None:
    come_in(open_browser, own_demo, states, "13900000004")
    context = browser.new_context(
        base_url=own_demo.address,
        viewport=PHONE,
        storage_state=states["13900000004"],
        java_script_enabled=False,
    )
    page = context.new_page()
    find(page, FILM)
    expect(page.get_by_text("没有运行网页脚本")).to_be_visible(timeout=8000)
    assert page.locator("video[controls]").count() == 1
    find(page, ARTICLE)
    button(page, "读完了")
    expect(page.locator("#item-state")).to_contain_text("读完。")
    context.close()
