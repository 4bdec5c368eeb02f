"""The face and frame: the components page, the tokens, the budgets, the strict CSP."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from lianxue.inbox.actions import user_place
from lianxue.inbox.models import InboxItem
from lianxue.shared import nav
from lianxue.shared.clock import now
from lianxue.shared.errors import StateConflict
from lianxue.shared.jinja import icon
from lianxue.shared.web import error_page
from tests.factories import UserFactory

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
UI = (ROOT / "templates/components/ui.html").read_text()
TOKENS = (ROOT / "static/css/tokens.css").read_text()
STYLES = (ROOT / "static/css/lianxue.css").read_text()
KB = 1024

with_dev = pytest.mark.urls("tests.shared.dev_urls")


def packed(*paths: Path) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in paths)


# ---------- the page of components ----------


@with_dev
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "words"),
    [
        (
            "/dev/components",
            ["搜索姓名、拼音、手机号、组织", "已认证", "第 3 步，共 4 步", "121 / 128 人，94.5%"],
        ),
        ("/dev/components/console", ["机关第一党总支", "待办", "138 **** 1000", "共 <span"]),
        ("/dev/components/plain", ["请输入验证码", "秒后可重新获取", "取消验证"]),
        ("/dev/components/plain?bad=1", ["验证码不对", 'aria-invalid="true"']),
        ("/dev/components/branch", ["第一党支部"]),
    ],
)
def test_pages_of_components_show(client: Client, address: str, words: list[str]) -> None:
    response = client.get(address)
    assert response.status_code == 200
    for word in words:
        assert word in response.text


def test_every_macro_is_shown() -> None:
    shown = "".join(
        path.read_text()
        for folder in ("shared", ".")
        for path in (ROOT / "templates" / folder).glob(
            "**/*.html" if folder == "shared" else "*.html"
        )
    )
    names = [name for name in re.findall(r"{% macro (\w+)\(", UI) if not name.startswith("_")]
    inside = UI  # a macro that another one is made of is shown with it
    assert len(names) > 40
    missing = [
        name
        for name in names
        if not re.search(rf"\bui\.{name}\(", shown) and not re.search(rf"{{{{ {name}\(", inside)
    ]
    assert missing == []


def test_every_macro_says_its_parameters() -> None:
    names = [name for name in re.findall(r"{% macro (\w+)\(", UI) if not name.startswith("_")]
    comments = " ".join(re.findall(r"{#(.*?)#}", UI, flags=re.S))
    assert [name for name in names if f"{name}(" not in comments] == []


@pytest.mark.django_db
def test_components_are_for_demo_mode_alone(client: Client) -> None:
    assert not settings.DEMO
    assert client.get("/dev/components").status_code == 404


@with_dev
@pytest.mark.django_db
def test_long_names_and_marks_stand_apart(client: Client) -> None:
    """The mark is in the second line, outside the part that an ellipsis may cut."""
    html = client.get("/dev/components").text
    cell = html[html.index("中共某某市某某区委宣传部机关委员会") - 200 :][:900]
    title = re.search(r'<span class="cell-title">([^<]*)</span>', cell)
    assert title
    assert "已认证" in cell[title.end() :]


@with_dev
@pytest.mark.django_db
def test_toast_shows_once(client: Client) -> None:
    assert "data-toast" in client.get("/dev/components?toast=1").text
    assert "data-toast" not in client.get("/dev/components").text


# ---------- strict CSP, markup ----------


@with_dev
@pytest.mark.django_db
def test_policy_allows_no_inline_code(client: Client) -> None:
    policy = client.get("/dev/components").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_inline_style_or_script(path: Path) -> None:
    markup = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.S)
    assert not re.findall(r"\sstyle\s*=", markup), "CSP refuses style attributes: use a class"
    assert not re.findall(r"<style\b", markup)
    assert not re.findall(r"<[^>]+\son[a-z]+\s*=", markup), "CSP refuses on… attributes"
    scripts = re.findall(r"<script\b[^>]*>", markup)
    assert all("src=" in tag or "application/json" in tag for tag in scripts)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_post_forms_carry_the_token(path: Path) -> None:
    for form in re.findall(r'<form\b[^>]*method="post".*?</form>', path.read_text(), flags=re.S):
        assert "csrf_input" in form


def test_icons_named_in_templates_are_copied() -> None:
    known = set((ROOT / "scripts/icons.txt").read_text().split("\n"))
    patterns = (
        r"(?<!\w)icon\('([a-z0-9-]+)'\)",
        r"icon_name='([a-z0-9-]+)'",
        r"ui\.tile\([^\n]*?\), '([a-z0-9-]+)'",
        r"ui\.bar_tool\([^\n]*?\), '([a-z0-9-]+)'",
    )
    used = {
        name
        for path in TEMPLATES
        for pattern in patterns
        for name in re.findall(pattern, path.read_text())
    }
    used |= {door.icon for door in (*nav.TABS, *nav.CONSOLE)}
    assert used - known == set()


def test_icon_keeps_the_sizes_of_its_parts() -> None:
    drawn = icon("layout-dashboard")
    assert re.search(r"<rect [^>]*width=", drawn)
    assert not re.search(r"<svg [^>]*width=", drawn)
    assert 'aria-hidden="true"' in drawn


# ---------- budgets (look.md) ----------


def _loaded(template: Path) -> set[Path]:
    """The scripts and style sheets that stand in a template, as the site finds them."""
    names = re.findall(r"static\('([^']+\.(?:js|css))'\)", template.read_text())
    return {Path(str(finders.find(name))) for name in names}


def test_a_phone_page_stays_light() -> None:
    """What every page loads, watermark and all, and what one of them adds for itself."""
    every = _loaded(ROOT / "templates/base.html")
    assert packed(*[path for path in every if path.is_relative_to(ROOT / "static")]) <= 20 * KB
    weights = {}
    for template in (ROOT / "templates").rglob("*.html"):
        if template.parent.name != "console":
            loaded = every | _loaded(template)
            if "block htmx" in template.read_text() and template.name != "base.html":
                loaded -= {path for path in loaded if "htmx" in path.name}
            weights[template.name] = packed(*loaded)
    assert max(weights.values()) > packed(*every), "no page has a script of its own any more"
    assert {name: weight for name, weight in weights.items() if weight > 60 * KB} == {}


@with_dev
@pytest.mark.django_db
def test_a_step_is_a_small_page(client: Client) -> None:
    assert len(client.get("/dev/components/plain").content) <= 8 * KB


# ---------- tokens ----------


def block(start: str) -> dict[str, str]:
    body = TOKENS[TOKENS.index(start) :]
    body = body[body.index("{") + 1 :]
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", body[: body.index("}")]))


LIGHT = block(":root {")
DARK = block(':root[data-theme="dark"] {')
ELDER = block('[data-view="elder"] {')


def test_every_token_in_use_is_defined() -> None:
    defined = set(re.findall(r"(--[\w-]+):", TOKENS + STYLES))
    assert set(re.findall(r"var\((--[\w-]+)", TOKENS + STYLES)) - defined == set()


def test_every_class_has_its_style() -> None:
    """A page is built from the components: a class of its own would have no look."""
    bare = {"button-plain", "steps", "progress"}  # named for what they are, nothing to add
    unknown: dict[str, set[str]] = {}
    for path in TEMPLATES:
        markup = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.S)
        words = {w for value in re.findall(r'class="([^"{]+)"', markup) for w in value.split()}
        without = {name for name in words - bare if f".{name}" not in STYLES}
        if without:
            unknown[str(path.relative_to(ROOT))] = without
    assert unknown == {}


def test_colours_outside_the_tokens_are_none() -> None:
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", STYLES)) <= {"#ffffff"}  # the QR code's ground


def test_dark_is_the_same_chosen_or_from_the_system() -> None:
    assert block(":root:not([data-theme") == DARK
    assert set(DARK) <= set(LIGHT)
    colours = {name for name, value in LIGHT.items() if value.startswith("#")}
    assert colours <= set(DARK)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


WORDS_ON = [
    *[
        (ink, ground)
        for ink in ("ink", "ink-2", "ink-3")
        for ground in ("background", "card", "hover")
    ],
    *[(tone, f"{tone}-soft") for tone in ("accent", "ok", "warn", "info")],
    *[(tone, ground) for tone in ("accent", "info") for ground in ("card", "background")],
    ("on-accent", "accent-fill"),
    ("on-accent", "accent-press"),
    ("ink-2", "line"),
]


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("word", "ground"), WORDS_ON)
def test_words_can_be_read(tokens: dict[str, str], word: str, ground: str) -> None:
    assert contrast(tokens[f"--{word}"], tokens[f"--{ground}"]) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_fields_can_be_seen(tokens: dict[str, str]) -> None:
    assert contrast(tokens["--edge"], tokens["--card"]) >= 3


def test_elder_view_is_large() -> None:
    sizes = {name: float(value[:-3]) * 16 for name, value in ELDER.items() if value.endswith("rem")}
    assert sizes["--type-body"] == 20
    assert min(sizes.values()) >= 18
    assert {name for name in LIGHT if name.startswith("--type-")} == set(sizes)
    assert ELDER["--tap"] == "60px"
    assert not re.search(r"font-size:\s*(\d|1[0-7])px", STYLES), (
        "sizes of words come from the tokens"
    )


# ---------- doors ----------


def test_only_what_works_has_a_door(monkeypatch: pytest.MonkeyPatch) -> None:
    here = nav.Door("here", "在", "house", "health")
    nowhere = nav.Door("nowhere", "不在", "house", "no:such")
    monkeypatch.setattr(nav, "TABS", (here, nowhere))
    assert nav.tabs() == [here]


def test_an_operators_door_is_for_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    class Person:
        is_operator = False

    class Keeper:
        is_operator = True

    door = nav.Door("keep", "看管", "house", "health", operator_only=True)
    monkeypatch.setattr(nav, "CONSOLE", (door,))
    assert nav.console_doors(Person()) == []
    assert nav.console_doors(None) == []
    assert nav.console_doors(Keeper()) == [door]


# ---------- appearance, installation ----------


@with_dev
@pytest.mark.django_db
def test_appearance_is_kept_and_shown(client: Client) -> None:
    response = client.post(
        "/appearance", {"view": "elder", "theme": "dark", "next": "/dev/components"}
    )
    assert (response.status_code, response["Location"]) == (302, "/dev/components")
    html = client.get("/dev/components").text
    assert '<html lang="zh-CN" data-face="mobile" data-view="elder" data-theme="dark">' in html
    client.post("/appearance", {"view": "standard", "theme": "auto"})
    assert '<html lang="zh-CN" data-face="mobile">' in client.get("/dev/components").text


@with_dev
@pytest.mark.django_db
def test_appearance_takes_nothing_else(client: Client) -> None:
    response = client.post(
        "/appearance", {"view": '"><script>', "theme": "pink", "next": "https://elsewhere.example/"}
    )
    assert response["Location"] == "/"
    assert not response.cookies
    client.cookies["lx_view"] = '"><b>'
    assert '<html lang="zh-CN" data-face="mobile">' in client.get("/dev/components").text
    assert client.get("/appearance").status_code == 405


def test_manifest_names_icons_that_exist(client: Client) -> None:
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    answer = response.json()
    assert answer["name"] == settings.SITE_NAME
    assert {"192x192", "512x512"} <= {each["sizes"] for each in answer["icons"]}
    for each in answer["icons"]:
        assert (ROOT / each["src"].lstrip("/")).is_file()


def test_service_worker_keeps_nothing_personal(client: Client) -> None:
    response = client.get("/sw.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"] == "no-cache"
    kept = re.search(r"KEPT = \[(.*?)\]", response.text, flags=re.S)
    assert kept
    addresses = re.findall(r'"([^"]+)"', kept.group(1))
    assert [a for a in addresses if not a.startswith("/static/")] == ["/offline"]
    assert "cache.put" not in response.text
    assert "store.put" not in response.text


def test_offline_page_is_the_same_for_everybody(client: Client) -> None:
    response = client.get("/offline")
    assert "现在没有网络" in response.text
    assert "csrf" not in response.text.lower()
    assert not response.cookies


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "face"), [("/x", "mobile"), ("/console/x", "console")])
def test_an_error_says_what_to_do(rf, path: str, face: str) -> None:  # type: ignore[no-untyped-def]
    request = rf.get(path)
    response = error_page(request, StateConflict("申请已经处理过了，请刷新。", link="/again"))
    assert response.status_code == 409
    assert f'data-face="{face}"' in response.content.decode()
    assert "申请已经处理过了，请刷新。" in response.content.decode()
    assert 'href="/again"' in response.content.decode()


@with_dev
@pytest.mark.django_db
def test_the_badge_counts_what_waits(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    assert 'class="badge"' not in client.get("/dev/components").text.split('class="tabs"')[1]
    InboxItem.objects.create(
        place=user_place(user.pk),
        kind=InboxItem.Kind.MESSAGE,
        topic="greeting",
        title="您好",
        created_at=now(),
    )
    tabs = client.get("/dev/components").text.split('class="tabs"')[1]
    assert re.search(r'消息</span><span class="badge"><span class="num">1</span>', tabs)
