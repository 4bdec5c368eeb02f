"""The page that shows every component of both faces (issue 2 F), in demo mode alone."""

from datetime import timedelta
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from .clock import now
from .pagination import Page
from .web import page

_PEOPLE = (
    ("王秀英", "第一党支部", "13800001000", "党员", True, 40),
    ("张建国", "第二党支部", "13800001713", "学习管理员", True, 31),
    ("李明", "离退休党支部", "13800002426", "党员", True, 1500),
    ("刘洋", "第一党支部", "13800003139", "党员", False, None),
    ("欧阳海燕", "第二党支部", "13800003852", "主管理员", True, 7000),
)


def _samples() -> dict[str, Any]:
    moment = now()
    people = [
        {
            "name": name,
            "branch": branch,
            "phone": phone,
            "role": role,
            "active": active,
            "seen": moment - timedelta(minutes=ago) if ago is not None else None,
        }
        for name, branch, phone, role, active, ago in _PEOPLE
    ]
    code = segno.make_qr("https://lianxue.example/j/example", error="m")
    return {
        "people": people,
        "moment": moment,
        "long_name": "中共某某市某某区委宣传部机关委员会",
        "longest_name": "中共某某省某某自治州某某自治县某某经济技术开发区综合执法大队委员会",
        "qr_svg": Markup(code.svg_inline(border=2, omitsize=True)),  # noqa: S704 - segno's own drawing
        "sample_page": Page(items=people, number=2, size=5, total=64),
    }


def components(request: HttpRequest) -> HttpResponse:
    """Every component as the phone shows it; ``?toast=1`` adds a toast."""
    if "toast" in request.GET:
        messages.success(request, "已保存。")
    return page(request, "shared/mobile/components.html", _samples())


def console_components(request: HttpRequest) -> HttpResponse:
    """Every component as the console shows it."""
    return page(request, "shared/console/components.html", _samples())


def plain_components(request: HttpRequest) -> HttpResponse:
    """One registration step; ``?bad=1`` shows it with its error."""
    return page(request, "shared/mobile/components_step.html", {"bad": "bad" in request.GET})


def branch(request: HttpRequest) -> HttpResponse:
    """One level of the sample tree, as htmx loads it."""
    return page(request, "shared/mobile/components_branch.html")
