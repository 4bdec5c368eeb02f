"""Files from outside: what is too large is let go while it arrives, and never kept."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from .errors import InvalidInput

#: The largest file that is taken, in bytes.
MAX_BYTES = 20 * 2**20
_MARK = "_lianxue_too_large"


def too_large(request: HttpRequest | None) -> frozenset[str]:
    """The fields whose file was dropped at the limit, once the form was read."""
    found: frozenset[str] = getattr(request, _MARK, frozenset())
    return found


class LimitHandler(FileUploadHandler):
    """First of ``FILE_UPLOAD_HANDLERS``: drops a file at the limit and lets the form go on.

    The form's other fields (its token, what was typed) still arrive, so that the page can say it.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count each file anew."""
        super().new_file(*args, **kwargs)
        self.size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand on what comes, up to the limit."""
        self.size += len(raw_data)
        if self.size > MAX_BYTES:
            setattr(self.request, _MARK, too_large(self.request) | {self.field_name or ""})
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind make the file."""


def uploaded(request: HttpRequest, field: str = "file") -> UploadedFile[Any]:
    """The file of a form. Raises InvalidInput at ``field``: none, empty, or too large."""
    found = request.FILES.get(field)
    if too_large(request):
        megabytes = MAX_BYTES // 2**20
        raise InvalidInput.at(field, f"文件超过 {megabytes} MB，请分成几个文件上传。")
    if not isinstance(found, UploadedFile) or not found.name:
        raise InvalidInput.at(field, "请选择要上传的文件。")
    if not found.size:
        raise InvalidInput.at(field, "文件是空的，请检查后重新选择。")
    return found
