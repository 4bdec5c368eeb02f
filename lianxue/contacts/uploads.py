"""How a phone's address book arrives: read piece by piece, never on the disk, never as a whole.

The site's own upload handlers would lay a file of some size down in the system's folder for
temporary files. What is promised of this one is that it is kept nowhere.
"""

import io
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from lianxue.shared.errors import InvalidInput

from .vcard import MAX_BYTES, PhoneBook, Reader

#: What a form's other fields and boundaries may add.
_MORE = 64 * 1024


class PhoneBookFile(UploadedFile[bytes]):
    """An upload of which only ``book`` is left (or ``error``); reading it gives nothing."""

    def __init__(self, name: str, size: int, result: PhoneBook | InvalidInput) -> None:
        super().__init__(file=io.BytesIO(), name=name, size=size)
        self.result = result


class PhoneBookHandler(FileUploadHandler):
    """Reads the field ``file`` as it arrives; every other file goes by."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self._reader: Reader | None = Reader() if self.field_name == "file" else None
        self._error: InvalidInput | None = None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Read on; what can't be used is passed over to its end, so that the page can say it."""
        if self._reader is not None and self._error is None:
            try:
                self._reader.feed(raw_data)
            except InvalidInput as error:
                self._error = error

    def file_complete(self, file_size: int) -> PhoneBookFile | None:
        """What was in it."""
        if self._reader is None:
            return None
        result: PhoneBook | InvalidInput
        try:
            result = self._error or self._reader.close()
        except InvalidInput as error:
            result = error
        return PhoneBookFile(self.file_name or "", file_size, result)


def expect_phone_book(request: HttpRequest) -> None:
    """Make ready for the upload; before anything looks at the form.

    Raises InvalidInput at ``file`` for what is too large to be read at all.
    """
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isdigit() or int(length) > MAX_BYTES + _MORE:
        raise InvalidInput.at("file", "文件超过 20 MB。导出时可以不带照片，或分几次导出。")
    request.upload_handlers = [PhoneBookHandler(request)]


def phone_book_in(file: object) -> PhoneBook:
    """The address book of an uploaded field. Raises InvalidInput at ``file``."""
    if not isinstance(file, PhoneBookFile):
        raise InvalidInput.at("file", "请选择从手机导出的联系人文件。")
    if isinstance(file.result, InvalidInput):
        raise file.result
    return file.result
