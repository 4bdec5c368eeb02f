"""The demo's library: texts, pictures, recordings and a document, all made for it (demo_media),
published by the product's own actions; some of the people have read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from lianxue.accounts.models import User
from lianxue.files.actions import store
from lianxue.files.models import StoredFile
from lianxue.learning.actions import (
    columns,
    commenting,
    drafts,
    favourites,
    publishing,
    records,
)
from lianxue.learning.actions.drafts import ContentText
from lianxue.learning.html import picture_address
from lianxue.learning.models import Column, ContentItem, LearningRecord
from lianxue.organizations.models import Membership, Organization
from lianxue.shared.clock import now

_MEDIA = Path(__file__).parent / "demo_media"
_KIND, _REACH = ContentItem.Kind, ContentItem.Reach

#: An organisation's columns, by its code.
_COLUMNS = {
    "99": ("生活提醒",),
    "9901": ("读书", "居家安全"),
    "990101": ("身边的历史", "学习方法"),
}


@dataclass(frozen=True)
class _Piece:
    """What is published: ``file`` of demo_media is its text (.md), recording, document or, of a
    gallery, none; ``pictures``: of demo_media, with what stands below each."""

    column: str
    kind: str
    title: str
    summary: str
    tags: tuple[str, ...]
    file: str = ""
    body: str = ""
    pictures: tuple[tuple[str, str], ...] = ()
    link: str = ""


#: By the code of the organisation that publishes them, the oldest first.
_PIECES = {
    "99": (
        _Piece(
            "生活提醒",
            _KIND.LINK,
            "在手机上读书：打开数字阅读网站",
            "用读者证号登录，几万种书可以在手机上看，字可以调大。",
            ("读书", "手机"),
            body="<p>点下面的链接打开网站，输入读者证号和密码登录。第一次登录的密码是证件号码"
            "的后六位，登录以后请改掉。</p><p>（这是一个示例链接，打开的是一个示例网页。）</p>",
            link="https://www.example.com/",
        ),
        _Piece(
            "生活提醒",
            _KIND.ARTICLE,
            "接到陌生电话，先做这三件事",
            "先挂断，自己找号码打回去，跟一个家里人说。",
            ("防骗", "手机"),
            "strange-calls.md",
        ),
    ),
    "9901": (
        _Piece(
            "居家安全",
            _KIND.DOCUMENT,
            "冬季居家安全检查表",
            "两页纸，照着走一遍，十分钟。可以打印出来贴在墙上。",
            ("安全", "冬季"),
            "winter-safety.pdf",
            "<p>每月第一个星期日，和家里人一起照着表走一遍，做到的打勾。</p>",
        ),
        _Piece(
            "居家安全",
            _KIND.ARTICLE,
            "冬天取暖，记住四句话",
            "离远一点，单独插，走开就关，留一条缝。",
            ("安全", "冬季"),
            "winter-heating.md",
            pictures=(("winter-heater.png", "取暖器离窗帘、被褥至少一米，单独用一个插座"),),
        ),
        _Piece(
            "读书",
            _KIND.VIDEO,
            "自助借书，三步一分钟",
            "放证、放书、点“借书”。半分钟看完。",
            ("图书馆", "读书"),
            "borrow-a-book.mp4",
            "<p>没有读者证的，先到服务台用身份证办一张，不收押金。</p>",
        ),
        _Piece(
            "读书",
            _KIND.ARTICLE,
            "怎样用好县里的图书馆",
            "办证、借还、预约、找书，还有老花镜在哪里借。",
            ("图书馆", "读书"),
            "use-the-library.md",
            pictures=(("library-plan.png", "一楼示意图：进门是服务台，自助借还机在左前方"),),
        ),
    ),
    "990101": (
        _Piece(
            "学习方法",
            _KIND.ARTICLE,
            "读书会怎么开，大家才愿意说话",
            "人不要多，书不要厚，问题要小。",
            ("读书", "方法"),
            "reading-circle.md",
        ),
        _Piece(
            "身边的历史",
            _KIND.PICTURES,
            "柳泉村步道上的三处老地方",
            "古井、石桥、磨坊。",
            ("村史", "步道"),
            body="<p>从村口的老槐树出发，四十分钟走完。三处地方都有长椅可以歇脚。</p>",
            pictures=(
                ("walk-well.png", "古井：井口石上的绳痕，是一代一代人打水磨出来的"),
                ("walk-bridge.png", "石桥：一孔，桥面中间高两头低，雨水不会积在上面"),
                ("walk-mill.png", "磨坊：从前全村的麦子都在这里磨成面粉"),
            ),
        ),
        _Piece(
            "身边的历史",
            _KIND.AUDIO,
            "柳泉村史步道讲解",
            "边走边听，停下来时也能接着上次的地方听。",
            ("村史", "步道"),
            "village-walk.mp3",
            "<p>由电脑合成的声音朗读。路线和站点见《柳泉村史步道怎么走》。</p>",
        ),
        _Piece(
            "身边的历史",
            _KIND.ARTICLE,
            "柳泉村史步道怎么走",
            "1.6 公里，慢慢走四十分钟，轮椅也能过。",
            ("村史", "步道"),
            "village-walk.md",
            pictures=(("walk-bridge.png", "石桥上请扶好栏杆"),),
        ),
    ),
}
_KINDS_OF_FILE = {
    ".png": "image/png",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".md": "text/markdown",
}
_SAID = (
    "照着走了一遍，磨坊旁边真的有热水，很贴心。",
    "带孙子去数了绳痕，他数出二十三道。",
    "建议在石桥边上再添一张长椅。",
)


def load(people: dict[str, User]) -> None:
    """``people`` by phone: the administrators of the province, the city and the county, and a
    member of the county."""
    province, city, county = (people[f"1390000000{number}"] for number in (1, 2, 3))
    admins = {"99": province, "9901": city, "990101": county}
    ids = dict(Organization.objects.filter(code__in=admins).values_list("code", "pk"))
    found: dict[str, ContentItem] = {}
    for code, admin in admins.items():
        places = {name: columns.add(admin, ids[code], name) for name in _COLUMNS[code]}
        reach = _REACH.OWN if code == "990101" else _REACH.CHAIN
        for piece in _PIECES[code]:
            item = _written(admin, ids[code], piece, places[piece.column], reach)
            found[piece.title] = publishing.publish(admin, item.pk)
    _draft(county, ids["990101"])
    _learned(people["13900000005"], ids["990101"], found)


def _written(
    admin: User, organization_id: int, piece: _Piece, column: Column, reach: str
) -> ContentItem:
    """The draft of a piece, with all that belongs to it."""
    if piece.kind == _KIND.ARTICLE:
        item = drafts.import_document(admin, organization_id, _upload(piece.file))
        body = item.body
    else:
        item = drafts.create(admin, organization_id, piece.kind)
        body = piece.body
        if piece.file:
            item = drafts.set_file(admin, item.pk, _stored(admin, piece.file))
    for name, caption in piece.pictures:
        file = _stored(admin, name)
        drafts.add_picture(admin, item.pk, file, caption)
        if piece.kind == _KIND.ARTICLE:
            body = _with_picture(body, picture_address(item.pk, file.pk), caption)
    item.refresh_from_db()
    text = ContentText(
        title=piece.title,
        summary=piece.summary,
        source="联学示例",
        body=body,
        link=piece.link,
        column_id=column.pk,
        tags=piece.tags,
        reach=reach,
    )
    return drafts.change(admin, item.pk, text, item.version)


def _with_picture(body: str, address: str, caption: str) -> str:
    """``body`` with a picture before its second heading."""
    first, second, rest = body.partition("<h2>")
    opening, again, more = rest.partition("<h2>")
    picture = (
        f'<figure><img src="{address}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
    )
    return first + second + opening + picture + again + more


def _upload(name: str) -> SimpleUploadedFile:
    path = _MEDIA / name
    return SimpleUploadedFile(name, path.read_bytes(), _KINDS_OF_FILE[path.suffix])


def _stored(owner: User, name: str) -> StoredFile:
    return store(owner, _upload(name))


def _draft(admin: User, organization_id: int) -> None:
    """Something that is still being written."""
    item = drafts.create(admin, organization_id, _KIND.ARTICLE)
    text = ContentText(
        title="一月读书会读什么",
        body="<p>候选的三本书，请大家投票：</p><ul><li>讲种菜的</li><li>讲老手艺的</li>"
        "<li>讲星星的</li></ul>",
    )
    drafts.change(admin, item.pk, text, item.version)


def _learned(member: User, organization_id: int, found: dict[str, ContentItem]) -> None:
    """The member is in the middle of things; others have finished some, and said something."""
    walk, library = found["柳泉村史步道怎么走"], found["怎样用好县里的图书馆"]
    records.finish(member, found["冬天取暖，记住四句话"].pk)
    records.open_item(member, library.pk)
    records.reached(member, library.pk, 420)
    video = found["自助借书，三步一分钟"]
    opened = records.open_item(member, video.pk)
    # what is played is believed as far as there was time for it
    LearningRecord.objects.filter(pk=opened.pk).update(
        started_at=now() - timedelta(minutes=1), changed_at=now() - timedelta(minutes=1)
    )
    records.played(member, video.pk, 12, [(0, 12)])
    for item in (library, found["冬季居家安全检查表"]):
        favourites.keep(member, item.pk)
    rows = Membership.objects.filter(
        organization=organization_id, state=Membership.State.ACTIVE, user__phone__startswith="1391"
    ).select_related("user")
    others = [seat.user for seat in rows.order_by("phone")[:12] if seat.user]
    for number, user in enumerate(others):
        for item in (walk, library, found["接到陌生电话，先做这三件事"])[: 1 + number % 3]:
            records.finish(user, item.pk)
    _comments(others, walk)


def _comments(users: Iterable[User], item: ContentItem) -> None:
    """The last one waits for the administrator."""
    admin = User.objects.get(phone="13900000003")
    said = [
        commenting.comment(user, item.pk, words) for user, words in zip(users, _SAID, strict=False)
    ]
    for one in said[:-1]:
        commenting.show(admin, one.pk)
