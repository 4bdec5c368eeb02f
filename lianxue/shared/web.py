"""What every page handler uses: rendering, the form's errors, domain errors as pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import has_vary_header
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from .dbtools import is_contention
from .errors import Busy, DomainError, RateLimited, RealNameRequired
from .jinja import THEMES, VIEWS

#: No page of ours has a longer address; what is remembered of a visitor stays small.
_LONGEST = 2000

Handler = Callable[..., HttpResponse]


class DomainErrorMiddleware:
    """Turns a DomainError that no page handled into a plain page (never a 500).

    An act that needs real-name verification leads there and back again (issue C).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing on the way in or out."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page that says what happened and what to do."""
        if is_contention(error):
            return error_page(request, Busy())
        if not isinstance(error, DomainError):
            return None
        if isinstance(error, RealNameRequired):
            back = request.get_full_path() if request.method == "GET" else referring_path(request)
            return redirect_to(
                f"{reverse('accounts:realname')}?{urlencode({'next': back})}", request
            )
        return error_page(request, error)


class PrivatePagesMiddleware:
    """Keeps every answer that depends on who asks out of all caches, the browser's own too.

    So on a shared computer nothing is left to go back to after 退出登录 (ASVS 5.0 14.3.2).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer; what chose its own way of being kept keeps it."""
        response = self.get_response(request)
        if has_vary_header(response, "Cookie") and "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        return response


def error_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A whole page for an error that belongs to no field."""
    face = "console" if request.path.startswith("/console/") else "mobile"
    response = render(request, f"shared/{face}/error.html", {"error": error}, status=error.status)
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.retry_after)
    return response


def referring_path(request: HttpRequest) -> str:
    """The path of the page that the request came from, if it is ours; else ``/``."""
    return safe_path(request.headers.get("Referer", ""), request, default="/")


def looks_ahead(request: HttpRequest) -> bool:
    """Whether a browser fetches the page in case it will be opened: nobody is reading it yet.

    Answer 503, which browsers throw away, and the page is asked for again when it is opened.
    """
    asked = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return any(value.lower().startswith("prefetch") for value in asked)


def came_from(request: HttpRequest, *paths: str) -> str:
    """The page that led here when it is one of these paths (with its query), else the first.

    For the back arrow of a page that stands in several lists.
    """
    back = urlsplit(referring_path(request))
    if back.path in paths:
        return back.path + (f"?{back.query}" if back.query else "")
    return paths[0]


def safe_path(target: str, request: HttpRequest, *, default: str) -> str:
    """``target`` when it leads to this site, else ``default`` (no open redirects)."""
    if len(target) <= _LONGEST and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return default


def redirect_to(target: str, request: HttpRequest) -> HttpResponse:
    """A redirect that htmx follows as a whole page too."""
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = iri_to_uri(target)  # as HttpResponseRedirect does
        return response
    return HttpResponseRedirect(target)


def client_address(request: HttpRequest) -> str:
    """The caller's address: behind N trusted proxies the N-th entry from the right."""
    hops = settings.ENV.proxies
    if hops:
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(chain) >= hops and chain[-hops]:
            return chain[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))


def appearance(request: HttpRequest) -> HttpResponse:
    """Keep the chosen text size and colours for a year (POST ``view``, ``theme``, ``next``)."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    response = redirect_to(
        safe_path(request.POST.get("next", ""), request, default=referring_path(request)), request
    )
    for name, known in (("view", VIEWS), ("theme", THEMES)):
        value = request.POST.get(name, "")
        if value in known:
            response.set_cookie(
                f"lx_{name}",
                value,
                max_age=365 * 24 * 3600,
                samesite="Lax",
                secure=request.is_secure(),
                httponly=True,
            )
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to know to put the site on its home screen (W3C Web App Manifest)."""
    icons = [("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any")]
    icons.append(("icon-maskable-512.png", "512x512", "maskable"))
    return JsonResponse(
        {
            "name": settings.SITE_NAME,
            "short_name": settings.SITE_NAME,
            "lang": "zh-CN",
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f4f3f5",
            "theme_color": "#ffffff",
            "icons": [
                {"src": static(f"img/{name}"), "sizes": size, "type": "image/png", "purpose": use}
                for name, size, use in icons
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, at the root so that it serves the whole site; it never keeps a person's page."""
    response = render(request, "shared/sw.js", content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows without a network; the same for everybody."""
    return render(request, "shared/offline.html")


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Whether pages are served; for the supervisor and the load balancer."""
    return JsonResponse({"status": "ok"})


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render ``template``."""
    return render(request, template, context or {}, status=status)
