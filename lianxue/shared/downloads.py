"""Files that a person takes away: what kind, what name, kept by no cache."""

from typing import IO

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


def attachment(data: bytes | IO[bytes], name: str, content_type: str = XLSX) -> HttpResponseBase:
    """``data`` to be saved as ``name``; an open file is sent piece by piece and closed."""
    if isinstance(data, bytes):
        response: HttpResponseBase = HttpResponse(data, content_type=content_type)
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    else:
        response = FileResponse(data, as_attachment=True, filename=name, content_type=content_type)
    response["Cache-Control"] = "private, no-store"
    return response
