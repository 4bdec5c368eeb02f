"""RFC 9457 problem documents, and the guarantee that the API answers with nothing else."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

CONTENT_TYPE = "application/problem+json"
_TITLES = {
    400: "请求有误",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的请求方法",
    409: "当前状态不允许",
    422: "填写有误",
    429: "操作太频繁",
    500: "系统出错了",
    503: "服务暂时不可用",
}


def problem(status: int, detail: str, *, code: str = "", **extra: Any) -> HttpResponse:
    """One problem document: type, title, status, detail, and members of our own."""
    body = {
        "type": f"{settings.SITE_URL}/api/v1/docs#problem-{code or status}",
        "title": _TITLES.get(status, "出错了"),
        "status": status,
        "detail": detail,
        "code": code or f"http-{status}",
        **extra,
    }
    return JsonResponse(
        body, status=status, content_type=CONTENT_TYPE, json_dumps_params={"ensure_ascii": False}
    )


class ProblemMiddleware:
    """Whatever failed before or behind the API's own handlers (no such address, a wrong method, a
    CSRF failure, a fault of ours) answers with a problem document under ``/api/``, not with a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, as a problem where it must be one."""
        response = self.get_response(request)
        if response.status_code < 400 or not request.path.startswith("/api/"):
            return response
        if response.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        title = _TITLES.get(response.status_code, "请求没有成功")
        answer = problem(response.status_code, f"{title}。")
        for name in ("Allow", "Retry-After"):
            if name in response:
                answer[name] = response[name]
        return answer
