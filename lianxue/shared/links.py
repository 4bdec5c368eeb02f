"""What is handed out on paper and screens: whole addresses, and their QR codes."""

import io

import segno
from django.conf import settings
from django.http import HttpRequest
from markupsafe import Markup


def absolute(request: HttpRequest, path: str) -> str:
    """The whole address of ``path`` to hand out: the site's own, or the demo's present port."""
    return request.build_absolute_uri(path) if settings.DEMO else settings.SITE_URL + path


def qr_svg(address: str) -> Markup:
    """A QR code as inline SVG: dark on white in every mode, with the quiet zone scanners need."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out,
        kind="svg",
        border=4,
        dark="#000000",
        light="#ffffff",
        omitsize=True,
        xmldecl=False,
        svgns=False,
        nl=False,
        svgclass=None,
        lineclass=None,
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made of numbers by segno
