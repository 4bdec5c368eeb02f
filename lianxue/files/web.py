"""Handing a file out. Whether the asker may have it was decided by the app that refers to it."""

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from lianxue.shared.errors import NotFound

from .models import StoredFile
from .queries import private

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


def serve(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """``file`` to be saved under its own name; pictures and PDF open with ``?view=1``.

    Hostile content stays harmless: the kind is the one that we found, browsers may not guess
    another, nothing in it runs, and no cache keeps it. Raises NotFound when the bytes are gone.
    """
    try:
        data = private().open(file.key, "rb")
    except FileNotFoundError:
        raise NotFound("这个文件在服务器上找不到了，请联系发送它的管理员。") from None
    view = request.GET.get("view") == "1" and file.viewable
    response = FileResponse(
        data, as_attachment=not view, filename=file.name, content_type=_kind_of(file)
    )
    pdf = view and file.kind == "application/pdf"
    response["Content-Security-Policy"] = _PDF if pdf else _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ["Cookie"])
    return response


def _kind_of(file: StoredFile) -> str:
    """The media type. Texts say no charset: theirs may be GB18030, and they are saved anyway."""
    return "application/octet-stream" if file.kind.startswith("text/") else file.kind
