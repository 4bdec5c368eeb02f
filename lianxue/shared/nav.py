"""The doors of both faces: what stands in the tabs and in the console's side list.

A door shows only when its page exists ("only what works has a door"), so a later part
adds its URL name and the door opens by itself.
"""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Door:
    """One way in: ``key`` marks the active one, ``target`` is a URL name."""

    key: str
    label: str
    icon: str
    target: str
    operator_only: bool = False

    @property
    def href(self) -> str:
        """Its address, or the empty string while no page answers to it."""
        return find_url(self.target)


@dataclass(frozen=True)
class Waiting:
    """One line of what waits for a person: how many (``count``, with ``unit``) of what (``title``),
    where to go. ``second`` is a sentence below it, ``urgent`` makes it stand out. ``console_href``
    is the console's page for it; "" for what is done on the phone's pages alone.
    """

    key: str
    title: str
    count: int
    href: str
    icon: str
    second: str = ""
    unit: str = "件"
    console_href: str = ""
    urgent: bool = False


TABS = (
    Door("learning", "学习", "book-open", "learning:home"),
    Door("inbox", "消息", "message-square", "inbox:home"),
    Door("work", "工作", "briefcase", "organizations:work"),
    Door("me", "我的", "user", "accounts:me"),
)

CONSOLE = (
    Door("home", "工作台", "layout-dashboard", "organizations:console_home"),
    Door("members", "成员", "users", "organizations:console_members"),
    Door("notices", "通知与任务", "megaphone", "notices:console_door"),
    Door("learning", "学习内容", "book-open", "learning:console_door"),
    Door("points", "积分", "award", "points:console_door"),
    Door("received", "组织认证", "clipboard-check", "certification:console_received"),
    Door("chain", "认证链", "network", "certification:console_chain"),
    Door("access", "权限说明", "key-round", "organizations:console_access"),
    Door("security", "安全中心", "lock", "organizations:console_security_door"),
    Door("log", "操作日志", "scroll-text", "organizations:console_log"),
    Door("realname", "实名审核", "id-card", "accounts:console_realname", operator_only=True),
)


def find_url(name: str, *args: object) -> str:
    """The address of a page, or the empty string when there is no such page."""
    try:
        return reverse(name, args=args or None)
    except NoReverseMatch:
        return ""


def tabs() -> list[Door]:
    """The phone's bottom tabs that lead somewhere."""
    return [door for door in TABS if door.href]


def console_doors(user: object) -> list[Door]:
    """The console's side list for ``user``; a door is no permission, the page's policy decides."""
    operator = getattr(user, "is_operator", False)
    return [door for door in CONSOLE if door.href and (operator or not door.operator_only)]
