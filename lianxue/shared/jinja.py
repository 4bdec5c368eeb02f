"""The template environment: what every page can use."""

import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from .clock import now
from .deadlines import due, due_kind
from .nav import console_doors, find_url, tabs
from .phones import mask_phone
from .tenths import signed_tenths, tenths
from .watermark import tile

_WEEKDAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]


@cache
def icon(name: str) -> Markup:
    """An outline icon of the package (copied by the set-up) as inline SVG, hidden from readers."""
    path = settings.BASE_DIR / "static" / "vendor" / "icons" / f"{Path(name).name}.svg"
    svg = re.sub(r"<!--.*?-->", "", path.read_text(), flags=re.S)
    svg = re.sub(r"\s+", " ", svg).strip()
    head, rest = svg.split(">", 1)  # only the outer element's sizes: a rect inside needs its own
    svg = (
        re.sub(r'\s(class|xmlns|width|height|stroke-width)="[^"]*"', "", head).rstrip() + ">" + rest
    )
    return Markup(svg.replace("<svg", '<svg class="icon" aria-hidden="true"', 1))  # noqa: S704


def when(moment: datetime | None) -> str:
    """A moment as people say it: 09:12, 昨天 09:12, 周六, 3月5日, 2025年3月5日."""
    if moment is None:
        return "从未"
    local, today = timezone.localtime(moment), timezone.localdate(now())
    days = (today - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if days == 1:
        return f"昨天 {local:%H:%M}"
    if 1 < days < 7:
        return _WEEKDAYS[local.weekday()]
    if local.year == today.year:
        return f"{local.month}月{local.day}日"
    return f"{local.year}年{local.month}月{local.day}日"


def full_time(moment: datetime | None) -> str:
    """A moment in full, for titles and tables: 2026-11-23 09:12."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def file_size(size: int) -> str:
    """A file's size in words, from bytes: 3 KB, 1.2 MB."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def initial(name: str) -> str:
    """The one character that stands for a person or an organisation where there is no picture."""
    stripped = re.sub(r"^(中共|中国共产党)", "", name.strip())
    return (stripped or "？")[0].upper()


def tint(key: object) -> int:
    """One of the four soft colours (0 to 3), the same for the same key at every call."""
    return sum(map(ord, str(key))) % 4


def environment(**options: Any) -> Environment:
    """Jinja2 as Django's backend starts it; an undefined name is an error, not an empty space."""
    env = Environment(  # noqa: S701 - Django's backend passes autoescape=True
        **options | {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True},
        extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"],
    )
    env.globals.update(
        url=_url,
        find_url=find_url,
        static=static,
        icon=icon,
        initial=initial,
        tint=tint,
        now=now,
        tabs=tabs,
        console_doors=console_doors,
        page_link=page_link,
        watermark_tile=tile,
        demo=lambda: settings.DEMO,
        dingtalk_on=lambda: "dingtalk" in settings.SOCIALACCOUNT_PROVIDERS,
        VIEWS=VIEWS,
        THEMES=THEMES,
    )
    env.filters.update(
        when=when,
        full_time=full_time,
        file_size=file_size,
        due=due,
        due_kind=due_kind,
        mask_phone=mask_phone,
        signed_tenths=signed_tenths,
        tenths=tenths,
        shown_phone=shown_phone,
        as_json=as_json,
    )
    return env


def shown_phone(row: Any) -> str:
    """A member's masked number, or 号码已隐藏 where ``phone_seen`` is not said to be true."""
    return mask_phone(row.phone) if getattr(row, "phone_seen", False) else "号码已隐藏"


def as_json(value: object) -> str:
    """For a ``data-…`` attribute, where the template's escaping makes it safe."""
    return json.dumps(value, cls=DjangoJSONEncoder)


def _url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args or None, kwargs=kwargs or None)


def page_link(request: HttpRequest, number: int, name: str = "page") -> str:
    """This page's address with ``name`` set to ``number`` and every filter kept."""
    query = request.GET.copy()
    query[name] = str(number)
    return f"?{query.urlencode()}"


#: How a page may look: kept in two cookies, one of these values each, nothing personal.
VIEWS = {"standard": "标准版", "elder": "大字版"}
THEMES = {"auto": "跟随系统", "light": "浅色", "dark": "深色"}


def site(request: HttpRequest) -> dict[str, Any]:
    """The site's name, its mode and the chosen appearance, for every page."""
    view = request.COOKIES.get("lx_view", "")
    theme = request.COOKIES.get("lx_theme", "")
    return {
        "SITE_NAME": settings.SITE_NAME,
        "DEMO": settings.DEMO,
        "VIEW": view if view in VIEWS else "standard",
        "THEME": theme if theme in THEMES else "auto",
    }
