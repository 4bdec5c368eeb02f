"""Handing a file out. Whether the asker may have it was decided by the app that refers to it.

The page server has few threads, and a phone with a bad connection takes minutes for what it asked
for. What is read into memory leaves the thread at once; so small files and the parts of recordings
that players ask for are, a piece at a time. A large file as a whole holds its thread until the last
byte is taken: only one at a time may in each process, so that a thread is left for pages. A reverse
proxy that keeps answers for its clients (nginx's ``proxy_buffering``) makes all that short.
"""

from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import IO, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import content_disposition_header

from lianxue.shared.errors import NotFound, Unavailable

from .models import StoredFile
from .queries import private
from .ranges import Part, Unsatisfiable, part_of

#: What is read into memory at once, and the most of a recording that one request gets.
PIECE = 2**20
_CHUNK = 64 * 1024
#: How long one waits for another's large file to be gone.
_WAIT_SECONDS = 2.0
_BUSY = "正在下载大文件的人较多，请过一两分钟再试。"

#: Whatever the bytes are: they load nothing, run nothing, and stand in no frame.
_SANDBOX = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
)
#: Chrome's own reader of PDF does not open in a sandbox; it runs no script of ours or of the file's
#: on our pages' behalf.
_PDF = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)

_large = BoundedSemaphore(1)


def serve(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """``file`` to be saved under its own name; with ``?view=1`` pictures and PDF open, recordings
    play. Also a range of it, its headers (HEAD), or that it is as before (304).

    Hostile content stays harmless: the kind is the one that we found, browsers may not guess
    another, nothing in it runs, and no cache keeps it. Raises NotFound when the bytes are gone,
    Unavailable while another large file is on its way.
    """
    view = request.GET.get("view") == "1" and (file.viewable or file.playable)
    etag = f'"{file.sha256[:32]}"'
    response = get_conditional_response(request, etag=etag) or _body(request, file, etag, view)
    _say_what_it_is(response, file, view)
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    pdf = view and file.kind == "application/pdf"
    response["Content-Security-Policy"] = _PDF if pdf else _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Cookie"])
    return response


def _body(request: HttpRequest, file: StoredFile, etag: str, view: bool) -> HttpResponseBase:
    """The whole (200), a part (206), or what is the matter with the range (416)."""
    if request.method == "HEAD":  # ranges are of GET alone
        _open(file).close()
        return HttpResponse(headers={"Content-Length": str(file.size)})
    unchanged = request.headers.get("If-Range", etag) == etag
    try:
        part = part_of(request.headers.get("Range", "") if unchanged else "", file.size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    if part is None:
        return _send(file, Part(0, file.size), 200)
    if view and file.playable:
        part = part.first(PIECE)
    response = _send(file, part, 206)
    response["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{file.size}"
    return response


def _send(file: StoredFile, part: Part, status: int) -> HttpResponseBase:
    """A small part out of memory, a large one as it is taken."""
    small = part.size <= PIECE
    if not small and not _large.acquire(timeout=_WAIT_SECONDS):
        raise Unavailable(_BUSY)
    response: HttpResponseBase
    try:
        data = _open(file)
        data.seek(part.start)
    except BaseException:
        if not small:
            _large.release()
        raise
    if small:
        with data:
            response = HttpResponse(data.read(part.size), status=status)
    else:
        response = StreamingHttpResponse(_Large(data, part.size), status=status)
    response["Content-Length"] = str(part.size)
    return response


def _open(file: StoredFile) -> IO[Any]:
    try:
        return private().open(file.key, "rb")
    except FileNotFoundError:
        raise NotFound("这个文件在服务器上找不到了，请联系发送它的管理员。") from None


class _Large:
    """The chunks of a large part; the place is free again once it is taken, closed, or let go."""

    def __init__(self, data: IO[Any], size: int) -> None:
        self._data, self._left, self._held = data, size, True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk: bytes = self._data.read(min(_CHUNK, self._left)) if self._held else b""
        if not chunk:
            self.close()
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """The end, whoever comes to it first."""
        if self._held:
            self._held = False
            self._data.close()
            _large.release()

    def __del__(self) -> None:
        self.close()


def _say_what_it_is(response: HttpResponseBase, file: StoredFile, view: bool) -> None:
    """Its kind, and the name to save it under."""
    response["Content-Type"] = _kind_of(file)
    response["Content-Disposition"] = content_disposition_header(not view, file.name) or "inline"


def _kind_of(file: StoredFile) -> str:
    """The media type. Texts say no charset: theirs may be GB18030, and they are saved anyway."""
    return "application/octet-stream" if file.kind.startswith("text/") else file.kind
