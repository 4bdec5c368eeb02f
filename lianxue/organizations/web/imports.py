"""导入成员 on the console: upload a roster, look at every cell, then write it as one step."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.shared.clock import now
from lianxue.shared.downloads import attachment
from lianxue.shared.errors import DomainError, RateLimited, StateConflict
from lianxue.shared.pagination import paginate
from lianxue.shared.uploads import uploaded
from lianxue.shared.web import page, redirect_to

from .. import queries
from ..actions import imports as actions
from ..models import ImportRow, MemberImport
from ..queries import imports as reads
from ..queries import workbooks
from ..queries.security import watermark_of
from ..roster.fields import BY_KEY
from ..roster.rows import RowData
from .common import FORM_ERRORS, form_page

_SIZE = 50
#: The tabs in the order in which they need looking at, with their words.
_TABS = {
    "error": "有错误",
    "warning": "请留意",
    "new": "新增",
    "changed": "有改动",
    "unchanged": "无变化",
}
#: The same once it is written: what came of it first.
_WRITTEN = ("new", "changed", "error", "unchanged")
#: Kinds of cells that stand in one line.
_SHORT = {"phone", "date", "choice", "yesno"}
#: A job that has not begun by then may have nobody to do it.
_SLOW = timedelta(minutes=1)
_State = MemberImport.State


@login_required
@require_safe
def imports(request: HttpRequest, organization_id: int) -> HttpResponse:
    """The organisation's imports, newest first."""
    user = current_user(request)
    organization, _ = queries.get_administered(user, organization_id)
    rows = paginate(reads.imports_of(user, organization), request.GET.get("page", 1))
    context = {"organization": organization, "batches": rows}
    return page(request, "organizations/console/imports.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest, organization_id: int) -> HttpResponse:
    """The template to download, the file to upload; nothing is written yet."""
    user = current_user(request)
    organization, power = queries.get_administered(user, organization_id)
    error: DomainError | None = None
    if request.method == "POST":
        try:
            file = uploaded(request)
            batch = actions.prepare(
                user,
                organization.pk,
                actions.Upload(file.name or "", file.read()),
                make_branches=request.POST.get("make_branches") == "on",
            )
        except (*FORM_ERRORS, RateLimited) as caught:
            error = caught
        else:
            return redirect_to(reverse("organizations:import_page", args=[batch.pk]), request)
    waiting = reads.imports_of(user, organization).filter(state=_State.READY)
    context = {
        "organization": organization,
        "power": power,
        "waiting": waiting.filter(created_by=user).first(),
    }
    return form_page(request, "organizations/console/import_new.html", context, error)


@login_required
@require_safe
def import_template(request: HttpRequest, organization_id: int) -> HttpResponseBase:
    """The empty workbook: ``?kind=full`` with all columns, else 简表."""
    full = request.GET.get("kind") == "full"
    return attachment(*workbooks.template_for(current_user(request), organization_id, full=full))


@login_required
@never_cache
@require_safe
def import_page(request: HttpRequest, import_id: int) -> HttpResponse:
    """One import in whatever state it is: the preview, the progress, what came of it."""
    batch = reads.get_import(current_user(request), import_id)
    if request.GET.get("part") == "progress":
        if batch.state != _State.QUEUED:
            return redirect_to(reverse("organizations:import_page", args=[batch.pk]), request)
        return page(request, "organizations/console/_import_progress.html", _progress(batch))
    return _import_page(request, batch)


def _import_page(
    request: HttpRequest, batch: MemberImport, error: DomainError | None = None
) -> HttpResponse:
    """The page; with ``error`` once more, saying why a button did not do it."""
    user = current_user(request)
    about = reads.about(batch)
    counts = {key: batch.counts.get(key, 0) for key in _TABS}
    show = request.GET.get("show", "")
    if show not in {*_TABS, "all"}:
        first = _WRITTEN if batch.state in {_State.DONE, _State.UNDONE} else _TABS
        show = next((key for key in first if counts[key]), "all")
    rows = reads.rows_of(user, batch, "" if show == "all" else show)
    found = paginate(rows, request.GET.get("page", 1), _SIZE)
    here = reverse("organizations:import_page", args=[batch.pk])
    tabs = [
        (f"{here}?show={key}", counts[key], word, key == show)
        for key, word in _TABS.items()
        if key != "warning" or counts[key]
    ]
    organization = batch.organization
    context = {
        "batch": batch,
        "organization": organization,
        "about": about,
        "counts": counts,
        "to_write": counts["new"] + counts["changed"],
        "tabs": tabs,
        "show": show,
        "rows": found,
        "lines": [_line(row, about.columns) for row in found.items],
        "error": error,
        "lacks_branches": not batch.make_branches
        and any("branch" in RowData.load(row.data).errors for row in found.items),
        "mine": batch.created_by_id == user.pk,
        "watermark": watermark_of(user, organization),
        **_progress(batch),
    }
    status = error.status if error else 200
    return page(request, "organizations/console/import.html", context, status=status)


def _progress(batch: MemberImport) -> dict[str, Any]:
    done, whole = batch.progress.get("done", 0), batch.progress.get("of", 0)
    step = actions.STEP_WORDS.get(batch.progress.get("step", ""), "正在排队")
    slow = not done and batch.confirmed_at and now() - batch.confirmed_at > _SLOW
    return {"batch": batch, "done": done, "whole": whole, "step": step, "slow": slow}


def _line(row: ImportRow, columns: dict[str, str]) -> dict[str, Any]:
    """One row of the preview: a cell for each column of the file."""
    data = RowData.load(row.data)
    return {
        "number": row.number,
        "outcome": row.outcome,
        "words": [text for at in (data.errors, data.warnings) if (text := at.get("row", ""))],
        "cells": [_cell(data, key) for key in columns],
    }


def _cell(data: RowData, key: str) -> dict[str, Any]:
    """A cell: what it says, what stood there before, what is wrong with it."""
    error, warning = data.errors.get(key, ""), data.warnings.get(key, "")
    if error:
        kind = "bad"
    elif key in data.before:
        kind = "changed"
    else:
        kind = "warned" if warning else ""
    text = data.raw.get(key, "") if error else data.clean.get(key, data.raw.get(key, ""))
    before = data.before.get(key, "")
    return {
        "kind": kind,
        "text": text,
        "before": before,
        "note": error or warning,
        "short": not (error or warning) and BY_KEY[key].kind in _SHORT,
        "make": "新建支部" if key == "branch" and data.make else "",
    }


@login_required
@require_safe
def import_corrected(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The rows in error as a workbook, to mend and upload again."""
    return attachment(*workbooks.corrected_of(current_user(request), import_id))


@login_required
@require_POST
def import_confirm(request: HttpRequest, import_id: int) -> HttpResponse:
    """确认导入: put it in the queue; ``leave_out`` says that rows in error may stay out."""
    user, leave_out = current_user(request), request.POST.get("leave_out") == "on"

    def confirm() -> object:
        return actions.confirm(user, import_id, leave_out_errors=leave_out)

    return _act(request, import_id, confirm)


@login_required
@require_POST
def import_drop(request: HttpRequest, import_id: int) -> HttpResponse:
    """放弃: nothing was written, nothing will be."""
    user = current_user(request)
    return _act(
        request, import_id, lambda: actions.drop(user, import_id), "已放弃，没有写入任何内容。"
    )


@login_required
@require_POST
def import_undo(request: HttpRequest, import_id: int) -> HttpResponse:
    """撤销导入, as one step."""
    user = current_user(request)
    return _act(request, import_id, lambda: actions.undo(user, import_id), "已撤销这次导入。")


@login_required
@require_POST
def import_replan(request: HttpRequest, import_id: int) -> HttpResponse:
    """重新核对: hold the rows against the roster as it is now, perhaps making missing branches."""
    user = current_user(request)
    wish = {"yes": True, "no": False}.get(request.POST.get("make_branches", ""))
    return _act(
        request,
        import_id,
        lambda: actions.replan(user, import_id, wish),
        "已按现在的名单重新核对。",
    )


def _act(
    request: HttpRequest, import_id: int, act: Callable[[], object], words: str = ""
) -> HttpResponse:
    """Do it and show the import; when its state forbids, the page says so."""
    try:
        act()
    except StateConflict as error:
        return _import_page(request, reads.get_import(current_user(request), import_id), error)
    if words:
        messages.success(request, words)
    return redirect_to(reverse("organizations:import_page", args=[import_id]), request)
