"""Files that people attach to what they write."""

from django.db import models

#: What a browser shows by itself without running anything of it.
_VIEWABLE = {"image/jpeg", "image/png", "image/webp", "application/pdf"}
#: What an ``<audio>`` or ``<video>`` plays.
_PLAYABLE = {"audio/mpeg", "audio/mp4", "video/mp4", "video/webm"}


class StoredFile(models.Model):
    """One uploaded file. Whoever refers to it (a notice, an answer) decides who may have it.

    ``key`` is its path in the storage ``private`` (random, tells nothing). ``kind`` is the media
    type that we found in its bytes, never what the browser said. ``owner_id`` is the uploader.
    ``attached_at`` is set when something refers to it; what nobody attached is purged after a day.
    Personal data: the file's name and content, which may hold any.
    """

    key = models.CharField(max_length=80, unique=True)
    name = models.CharField("文件名", max_length=120)
    kind = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    owner_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    attached_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "文件"
        indexes = [models.Index(fields=["attached_at", "created_at"], name="file_loose")]

    def __str__(self) -> str:
        return f"file {self.pk}"

    @property
    def viewable(self) -> bool:
        """Whether it may open in the browser (``files.web.serve`` with ``?view=1``)."""
        return self.kind in _VIEWABLE

    @property
    def playable(self) -> bool:
        """Whether it is a recording: with ``?view=1`` a player gets it piece by piece."""
        return self.kind in _PLAYABLE
