"""Friends, their cards, groups and the phone book."""

from django.core.files.base import ContentFile

from lianxue.accounts.models import User
from lianxue.contacts.models import CardLink, FriendRequest, Friendship
from lianxue.shared.clock import now

from .scene import Case, Scene

_LONG_WORDS = "我" * 51


def befriended(scene: Scene) -> None:
    """县's main administrator and the plain member are friends."""
    first, second = sorted([scene.cast.owner.pk, scene.cast.member.pk])
    Friendship.objects.create(first_id=first, second_id=second, since=now())


def refused(scene: Scene) -> None:
    """The request is answered already."""
    FriendRequest.objects.filter(pk=scene.ids["friend_request_id"]).update(state="refused")


def asked_before(scene: Scene) -> None:
    """The one whose card it is was asked a moment ago."""
    owner: User = CardLink.objects.get().user
    FriendRequest.objects.create(
        from_user=scene.cast.owner, to_user=owner, way="card", asked_at=now()
    )


CASES = [
    # 2.4.1, friends
    Case(
        "contacts:add_friend",
        {"phone": "", "words": "我是李明"},
        "phone",
        "请填写手机号码",
        {"words": "我是李明"},
    ),
    Case("contacts:add_friend", {"phone": "12345"}, "phone", "11 位", {"phone": "12345"}),
    Case(
        "contacts:add_friend",
        {"phone": "13655550000", "words": _LONG_WORDS},
        "words",
        "50 字以内",
        {"phone": "13655550000", "words": _LONG_WORDS},
    ),
    Case(
        "contacts:ask_friend",
        {"words": _LONG_WORDS},
        "words",
        "50 字以内",
        {"words": _LONG_WORDS},
        ids=("user_id",),
    ),
    Case(
        "contacts:ask_friend",
        {"words": "我是李明"},
        "",
        "已经是好友",
        {"words": "我是李明"},
        ids=("user_id",),
        status=409,
        before=befriended,
    ),
    Case(
        "contacts:open_card",
        {"words": _LONG_WORDS},
        "words",
        "50 字以内",
        {"words": _LONG_WORDS},
        ids=("card_token",),
    ),
    Case(
        "contacts:open_card",
        {"words": ""},
        "",
        "已经申请过",
        ids=("card_token",),
        status=409,
        before=asked_before,
    ),
    Case(
        "contacts:answer_friend",
        {"answer": "maybe"},
        "",
        "请选择",
        ids=("friend_request_id",),
    ),
    Case(
        "contacts:answer_friend",
        {"answer": "yes"},
        "",
        "已经谢绝",
        ids=("friend_request_id",),
        status=409,
        before=refused,
    ),
    # 2.4.1, groups and the phone book
    Case(
        "contacts:group_new", {"kind": "", "name": "骨干"}, "kind", "请选择群组", {"name": "骨干"}
    ),
    Case("contacts:group_new", {"kind": "friends", "name": ""}, "name", "请填写群组名称"),
    Case(
        "contacts:group_new",
        {"kind": "friends", "name": _LONG_WORDS},
        "name",
        "30 字以内",
        {"name": _LONG_WORDS},
    ),
    Case("contacts:group_new", {"kind": "x", "name": "骨干"}, "kind", "从列表", {"name": "骨干"}),
    Case(
        "contacts:group_new",
        {"kind": "{organization_id}", "name": "宣传骨干"},
        "",
        "同名的群组",
        {"name": "宣传骨干"},
        status=409,
    ),
    Case("contacts:group_add", {}, "people", "至少选择一个人", ids=("group_id",)),
    Case("contacts:group_add", {"people": ["x"]}, "people", "从列表", ids=("group_id",)),
    Case("contacts:group_add", {"people": ["999999"]}, "people", "不能添加", ids=("group_id",)),
    Case("contacts:group_remove", {}, "people", "至少选择一个人", ids=("group_id",)),
    Case("contacts:group_remove", {"people": ["x"]}, "people", "从列表", ids=("group_id",)),
    Case("contacts:group_hand_over", {}, "people", "请选择一位", ids=("group_id",)),
    Case("contacts:group_hand_over", {"people": "999"}, "people", "群成员中", ids=("group_id",)),
    Case("contacts:group_rename", {"name": ""}, "name", "请填写", {"name": ""}, ids=("group_id",)),
    Case(
        "contacts:group_rename",
        {"name": _LONG_WORDS},
        "name",
        "30 字以内",
        {"name": _LONG_WORDS},
        ids=("group_id",),
    ),
    Case("contacts:phone_book", {}, "file", "请选择从手机导出"),
    Case("contacts:phone_book", {"file": "words"}, "file", "请选择从手机导出"),
    Case("contacts:phone_book", {"file": ContentFile(b"PK\3\4", "a.zip")}, "file", "不是手机导出"),
]
