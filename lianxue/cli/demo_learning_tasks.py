"""The demo's question bank and learning tasks: one of the county with a quiz, one of the city that
the county passed on; some of the people have done them, one is in the middle."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from django.utils import timezone

from lianxue.accounts.models import User
from lianxue.learning.actions import banks, papers, quizzes, records, tasks
from lianxue.learning.actions.quizzes import PartSpec, QuizSettings
from lianxue.learning.models import Attempt, BankQuestion, ContentItem
from lianxue.learning.questions import Typed
from lianxue.notices.actions import drafts, passing, sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.actions.drafts import DraftText
from lianxue.notices.actions.passing import Passing
from lianxue.notices.models import Notice, Relay
from lianxue.organizations.models import Organization
from lianxue.shared.clock import today

_KIND = BankQuestion.Kind
_QUESTIONS = (
    Typed(
        _KIND.SINGLE,
        "取暖器离窗帘、被褥至少要隔开多远？",
        ("十厘米", "半米", "一米", "随便放"),
        "C",
        "离得太近会把织物烤着。",
    ),
    Typed(
        _KIND.SINGLE,
        "闻到家里有臭鸡蛋味，第一步做什么？",
        ("开灯看看", "打电话问邻居", "关阀门、开窗", "点火试一试"),
        "C",
        "燃气遇到火花会爆燃：先关阀、开窗，再到屋外打电话。",
    ),
    Typed(
        _KIND.SINGLE,
        "取暖器的插头应该插在哪里？",
        ("和电饭锅合用的插线板", "单独的墙上插座", "走廊里的接线板"),
        "B",
    ),
    Typed(
        _KIND.SINGLE,
        "烧煤的屋子里头晕、没力气，最可能是怎么回事？",
        ("感冒了", "一氧化碳中毒", "没睡好", "饿了"),
        "B",
        "马上开门窗，扶到屋外，打 120。",
    ),
    Typed(
        _KIND.JUDGE,
        "电热毯预热以后，睡觉时可以一直开着。",
        answer="错",
        explanation="上床后就关掉。",
    ),
    Typed(_KIND.JUDGE, "插头摸着烫手，说明该换插头或插座了。", answer="对"),
    Typed(_KIND.JUDGE, "取暖器上面可以烘衣服，只要人在旁边。", answer="错"),
    Typed(
        _KIND.MULTIPLE,
        "睡觉前，下面哪些要检查？",
        ("取暖器关了", "燃气阀门关了", "窗户留了一条缝", "电视声音够大"),
        "ABC",
    ),
    Typed(
        _KIND.MULTIPLE,
        "家里有老人独住，哪些做法有用？",
        ("每天打一个电话", "装上报警器", "床到卫生间装小夜灯", "把取暖器放在床上"),
        "ABC",
    ),
    Typed(
        _KIND.FILL, "发现火情，拨打火警电话 ____；有人受伤，拨打急救电话 ____。", answer="119；120"
    ),
    Typed(_KIND.FILL, "烧煤、烧柴的屋子，窗户要留一条____。", answer="缝|缝隙"),
)
_PARTS = ((_KIND.SINGLE, 3, 15), (_KIND.JUDGE, 2, 10), (_KIND.MULTIPLE, 1, 20), (_KIND.FILL, 1, 15))
_SAFETY = """各支部的同志：

天冷了，请抽二十分钟，看一篇文章、一份检查表，再做七道题。
不赶进度，六十分及格，可以反复做。请顺便提醒家里的老人。"""
_LIBRARY = """各单位：

请大家认识一下身边的图书馆：看一篇文章、一段半分钟的视频。
看完以后，欢迎周末去走一走。"""


def load(people: Mapping[str, User]) -> None:
    """``people`` by phone; after ``demo_learning``."""
    city, county, member = (people[f"1390000000{number}"] for number in (2, 3, 5))
    ids = dict(Organization.objects.values_list("code", "pk"))
    below = Audience(below=Relay.Below.ALL)
    own = Audience(own=Relay.Own.WHOLE)
    reading = _task(city, ids["9901"], ("读书月：认识身边的图书馆", _LIBRARY, 12), _BOOKS)
    sending.send(city, reading.pk, below)
    passing.pass_on(county, ids["990101"], reading.pk, Passing(own, "不用写心得，看完就好。"))
    safety = _task(county, ids["990101"], ("冬季居家安全，学一学、测一测", _SAFETY, 5), _HOME)
    _quiz(county, ids["990101"], safety)
    sending.send(county, safety.pk, own)
    users = User.objects.filter(is_demo=True, phone__startswith="1391", memberships__state="active")
    for number, user in enumerate(users.order_by("phone")[:18]):
        for item in _items(_BOOKS if number % 2 else _HOME):
            _finish(user, item)
        if not number % 2:
            _answer(user, safety, wrong=number % 3)
    _answer(member, safety, wrong=4)


_HOME = ("冬天取暖，记住四句话", "冬季居家安全检查表")
_BOOKS = ("怎样用好县里的图书馆",)


def _items(titles: tuple[str, ...]) -> list[ContentItem]:
    found = {item.title: item for item in ContentItem.objects.filter(title__in=titles)}
    return [found[title] for title in titles]


def _task(
    actor: User, organization_id: int, text: tuple[str, str, int], titles: tuple[str, ...]
) -> Notice:
    """A draft; ``text``: title, words, and how many days from now it is due."""
    title, body, days = text
    evening = timezone.make_aware(datetime.combine(today() + timedelta(days=days), time(18)))
    words = DraftText(title, body, deadline=evening)
    draft = drafts.create(actor, organization_id, Notice.Kind.LEARNING, words)
    tasks.set_contents(actor, draft.pk, [item.pk for item in _items(titles)])
    return draft


def _quiz(actor: User, organization_id: int, draft: Notice) -> None:
    bank = banks.create(actor, organization_id, "居家安全")
    for question in _QUESTIONS:
        banks.add(actor, bank.pk, question)
    parts = [PartSpec(bank.pk, kind, count, score) for kind, count, score in _PARTS]
    quizzes.set_quiz(actor, draft.pk, QuizSettings(), parts)


def _finish(user: User, item: ContentItem) -> None:
    records.open_item(user, item.pk)
    records.finish(user, item.pk)


def _answer(user: User, task: Notice, wrong: int) -> None:
    """A paper handed in, the last ``wrong`` questions left out."""
    attempt = papers.begin(user, task.pk)
    given = _right(attempt)
    for number in sorted(given, reverse=True)[:wrong]:
        del given[number]
    papers.submit(user, attempt.pk, given)


def _right(attempt: Attempt) -> dict[int, object]:
    """What answers the paper rightly, by the question's number."""
    found: dict[int, object] = {}
    for row in attempt.answers.select_related("question"):
        answer = row.question.answer
        fill = row.question.kind == _KIND.FILL
        found[row.position] = [words[0] for words in answer] if fill else answer
    return found
