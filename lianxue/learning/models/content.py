"""The library of an organisation: columns, what stands in them, comments."""

from django.db import models
from django.db.models import Q

from lianxue.accounts.models import User
from lianxue.files.models import StoredFile
from lianxue.organizations.models import Membership, Organization


class LearningSettings(models.Model):
    """An organisation's choices about learning; one without a row has these. Personal data: none.

    ``comments``: what becomes of its own members' comments, whoever published the content.
    """

    class Comments(models.TextChoices):
        OFF = "off", "不开放评论"
        MODERATED = "moderated", "管理员审核后显示"
        OPEN = "open", "发表后立即显示"

    organization = models.OneToOneField(
        Organization, on_delete=models.CASCADE, primary_key=True, related_name="learning_settings"
    )
    comments = models.CharField(
        "评论", max_length=10, choices=Comments.choices, default=Comments.MODERATED
    )

    class Meta:
        verbose_name = "学习设置"

    def __str__(self) -> str:
        return f"learning settings of {self.pk}"


class Column(models.Model):
    """A heading under which an organisation orders its content (栏目). Personal data: none."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="columns")
    name = models.CharField("栏目名称", max_length=20)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "栏目"
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="column_once")]

    def __str__(self) -> str:
        return self.name


class ContentItem(models.Model):
    """Something to learn from (学习内容).

    ``body`` is clean HTML (``learning.html``), the whole of an article and the introduction of any
    other kind; ``text`` is what stands in it, for searching. ``file`` is the recording or the
    document, ``length`` its seconds or pages (0: not known). ``reach`` CHAIN: also for every
    organisation below, as it stands now. Corrected after it was published, it keeps its records;
    withdrawn, it is seen no more by readers.
    Personal data: the author's name; whatever the text says.
    """

    class Kind(models.TextChoices):
        ARTICLE = "article", "文章"
        PICTURES = "pictures", "图集"
        AUDIO = "audio", "音频"
        VIDEO = "video", "视频"
        DOCUMENT = "document", "文档"
        LINK = "link", "链接"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已下架"

    class Reach(models.TextChoices):
        OWN = "own", "本组织"
        CHAIN = "chain", "本组织和所有下级组织"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="contents"
    )
    column = models.ForeignKey(
        Column, null=True, blank=True, on_delete=models.SET_NULL, related_name="contents"
    )
    kind = models.CharField("类型", max_length=10, choices=Kind.choices, default=Kind.ARTICLE)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    reach = models.CharField("谁能看到", max_length=10, choices=Reach.choices, default=Reach.OWN)
    title = models.CharField("标题", max_length=100, default="", blank=True)
    summary = models.CharField("摘要", max_length=200, default="", blank=True)
    source = models.CharField("来源", max_length=60, default="", blank=True)
    body = models.TextField("正文", default="", blank=True)
    text = models.TextField(default="", blank=True)
    link = models.URLField("链接", max_length=500, default="", blank=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    length = models.PositiveIntegerField(default=0)
    allows_comments = models.BooleanField("允许评论", default=True)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=60)
    #: Counts the changes; a form opened before somebody else's change is refused.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.CharField("下架原因", max_length=200, default="", blank=True)

    class Meta:
        verbose_name = "学习内容"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False),
                name="content_published_whole",
            )
        ]
        indexes = [
            models.Index(
                fields=["organization", "state", "reach", "-published_at"], name="content_list"
            ),
            models.Index(fields=["column", "state", "-published_at"], name="content_column"),
        ]

    def __str__(self) -> str:
        return f"content {self.pk}"

    @property
    def is_recording(self) -> bool:
        """Whether it is listened to or watched, so that positions are seconds."""
        return self.kind in {ContentItem.Kind.AUDIO, ContentItem.Kind.VIDEO}


class ContentFile(models.Model):
    """A picture in the text or the gallery, in its place. Personal data: as the file."""

    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="pictures")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    caption = models.CharField("图片说明", max_length=100, default="", blank=True)

    class Meta:
        verbose_name = "图片"
        constraints = [models.UniqueConstraint(fields=["item", "file"], name="content_file_once")]

    def __str__(self) -> str:
        return f"content file {self.pk}"


class ContentTag(models.Model):
    """A word that an item is found by (标签). Personal data: none."""

    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField("标签", max_length=10)

    class Meta:
        verbose_name = "标签"
        constraints = [models.UniqueConstraint(fields=["item", "name"], name="content_tag_once")]
        indexes = [models.Index(fields=["name"], name="content_tag_name")]

    def __str__(self) -> str:
        return self.name


class ContentToken(models.Model):
    """What an item is searched by: each character and pair of characters of its words, once
    (decision 7: bytes, of which every search text is a beginning). Personal data: none.
    """

    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="tokens")
    token = models.BinaryField(max_length=64)

    class Meta:
        verbose_name = "内容检索"
        constraints = [models.UniqueConstraint(fields=["token", "item"], name="content_token_once")]

    def __str__(self) -> str:
        return f"content token {self.pk}"


class Favourite(models.Model):
    """That somebody keeps an item to find it again (收藏). Personal data: who keeps what."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="favourites")
    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "收藏"
        constraints = [models.UniqueConstraint(fields=["user", "item"], name="favourite_once")]

    def __str__(self) -> str:
        return f"favourite {self.pk}"


class Comment(models.Model):
    """What a member says about an item (评论), inside the own organisation alone: its members read
    it, its administrators decide about it; other organisations never see a name.

    Personal data: who said it; whatever the text says.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待审核"
        SHOWN = "shown", "已显示"
        HIDDEN = "hidden", "未通过"

    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="comments")
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="comments"
    )
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    text = models.CharField("评论", max_length=300)
    state = models.CharField(max_length=10, choices=State.choices)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField("原因", max_length=100, default="", blank=True)

    class Meta:
        verbose_name = "评论"
        indexes = [
            models.Index(fields=["item", "organization", "state", "-id"], name="comment_list"),
            models.Index(fields=["organization", "state", "-id"], name="comment_desk"),
        ]

    def __str__(self) -> str:
        return f"comment {self.pk}"


class LearningRecord(models.Model):
    """How far somebody has come with an item (学习记录); reading and watching write it.

    ``position``: where to go on: seconds of a recording, the page of a document, per mille of an
    article. ``seen``: of a recording, the parts that were really played, [[from, to], …] in
    seconds, merged; ``covered`` their sum. No minutes of use are kept. ``organization``: the own
    organisation through which it came, under whose rules it counts.
    Personal data: who has learned what.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="learning_records")
    item = models.ForeignKey(ContentItem, on_delete=models.CASCADE, related_name="records")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField(default=0)
    seen = models.JSONField(default=list, blank=True)
    covered = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "学习记录"
        constraints = [
            models.UniqueConstraint(fields=["user", "item"], name="learning_record_once")
        ]
        indexes = [
            models.Index(fields=["user", "-changed_at"], name="learning_record_list"),
            models.Index(fields=["item", "finished_at"], name="learning_record_item"),
        ]

    def __str__(self) -> str:
        return f"learning record {self.pk}"
