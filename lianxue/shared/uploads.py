"""Files from outside: what is too large is let go while it arrives, and never kept."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from .errors import InvalidInput

#: The largest file that is taken, in bytes; but see ``register_large``.
MAX_BYTES = 20 * 2**20
_MARK = "_lianxue_too_large"
_LARGE: set[tuple[str, str]] = set()


def register_large(names: Iterable[str], field: str = "file") -> None:
    """Let the pages of these names (``learning:edit``) take recordings in ``field``: as much as
    ``large_bytes`` from who is signed in. What it is, is looked at afterwards, in what stores it.
    """
    _LARGE.update((name, field) for name in names)


def large_bytes() -> int:
    """The largest recording or PDF that the site takes (``LIANXUE_LARGE_FILE_MB``), in bytes."""
    megabytes: int = settings.ENV.large_file_mb
    return megabytes * 2**20


def words_for(most: int) -> str:
    """What is said of a file beyond ``most`` bytes."""
    return f"文件超过 {most // 2**20} MB，请分成几个文件上传。"


def too_large(request: HttpRequest | None) -> frozenset[str]:
    """The fields whose file was dropped at the limit, once the form was read."""
    found: frozenset[str] = getattr(request, _MARK, frozenset())
    return found


def limit_of(request: HttpRequest | None, field: str) -> int:
    """How many bytes a file in ``field`` of this request may have."""
    match = getattr(request, "resolver_match", None)
    if match is None or (match.view_name, field) not in _LARGE:
        return MAX_BYTES
    # the form is read behind the middleware, so who asks is known
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated  # type: ignore[union-attr]
    return large_bytes() if signed_in else MAX_BYTES


class LimitHandler(FileUploadHandler):
    """First of ``FILE_UPLOAD_HANDLERS``: drops a file at the limit and lets the form go on.

    The form's other fields (its token, what was typed) still arrive, so that the page can say it.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count each file anew."""
        super().new_file(*args, **kwargs)
        self.size = 0
        self.most = limit_of(self.request, self.field_name or "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand on what comes, up to the limit."""
        self.size += len(raw_data)
        if self.size > self.most:
            setattr(self.request, _MARK, too_large(self.request) | {self.field_name or ""})
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind make the file."""


def uploaded(request: HttpRequest, field: str = "file") -> UploadedFile[Any]:
    """The file of a form. Raises InvalidInput at ``field``: none, empty, or too large."""
    found = request.FILES.get(field)
    if too_large(request):
        raise InvalidInput.at(field, words_for(limit_of(request, field)))
    if not isinstance(found, UploadedFile) or not found.name:
        raise InvalidInput.at(field, "请选择要上传的文件。")
    if not found.size:
        raise InvalidInput.at(field, "文件是空的，请检查后重新选择。")
    return found
