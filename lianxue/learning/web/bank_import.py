"""导入题目 on both faces: upload a sheet, look at every cell, then take it in as one step."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianxue.accounts.current import current_user
from lianxue.organizations.queries.security import watermark_of
from lianxue.organizations.web.common import FORM_ERRORS, form_page
from lianxue.shared.downloads import attachment
from lianxue.shared.errors import DomainError, RateLimited, StateConflict
from lianxue.shared.pagination import cut, paginate
from lianxue.shared.uploads import uploaded
from lianxue.shared.web import page, redirect_to

from ..actions import importing_questions as actions
from ..models import QuestionImport
from ..queries import banks as reads
from ..question_sheet import OPTION_KEYS, template, where
from .banks import bank_context
from .common import FORM, Context, address, frame

_SIZE = 50
_State = QuestionImport.State
#: The tabs in the order in which they need looking at, with their words.
_TABS = {"error": "有错误", "new": "新增", "changed": "有改动", "same": "无变化"}
#: The same once it is written: what came of it first.
_WRITTEN = ("new", "changed", "error", "same")


@login_required
@require_safe
def question_template(
    request: HttpRequest, organization_id: int, console: bool = False
) -> HttpResponseBase:
    """The empty workbook, with examples."""
    frame(request, organization_id, console)
    return attachment(template(), "题库导入模板.xlsx")


@login_required
@require_http_methods(FORM)
def bank_import(
    request: HttpRequest, organization_id: int, bank_id: int, console: bool = False
) -> HttpResponse:
    """The template, the upload, what was uploaded before; nothing is written yet."""
    context = bank_context(request, organization_id, bank_id, console)
    user, error = current_user(request), None
    if request.method == "POST":
        try:
            file = uploaded(request)
            batch = actions.prepare(user, bank_id, file.read(), file.name or "")
        except (*FORM_ERRORS, RateLimited) as caught:
            error = caught
        else:
            return redirect_to(_address(context, batch.pk), request)
    context |= {
        "batches": paginate(reads.imports_of(context["bank"]), request.GET.get("page", 1)),
        "watermark": watermark_of(user, context["organization"]),
    }
    return form_page(request, "learning/both/bank_import.html", context, error)


def _address(context: Context, import_id: int, name: str = "bank_import_page") -> str:
    place = (context["organization"].pk, context["bank"].pk, import_id)
    return address(name, context["console"], *place)


@login_required
@never_cache
@require_safe
def bank_import_page(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    import_id: int,
    console: bool = False,
) -> HttpResponse:
    """One import in whatever state it is: the preview, or what came of it."""
    context = bank_context(request, organization_id, bank_id, console)
    return _import_page(request, context, import_id)


def _import_page(
    request: HttpRequest, context: Context, import_id: int, error: DomainError | None = None
) -> HttpResponse:
    """The page; with ``error`` once more, saying why a button did not do it."""
    user, bank = current_user(request), context["bank"]
    batch = reads.get_import(user, context["organization"].pk, bank.pk, import_id)
    counts = {key: batch.counts.get(key, 0) for key in _TABS}
    show = request.GET.get("show", "")
    if show not in {*_TABS, "all"}:
        order = _TABS if batch.state == _State.READY else _WRITTEN
        show = next((key for key in order if counts[key]), "all")
    rows = [row for row in batch.rows if show in {"all", row["outcome"]}]
    found = cut(rows, request.GET.get("page", 1), _SIZE)
    columns, here = reads.columns_of(batch), _address(context, batch.pk)
    befores = reads.before(found.items)
    ways = [(key, counts[key], word) for key, word in _TABS.items()]
    ways.append(("all", len(batch.rows), "全部"))
    context |= {
        "batch": batch,
        "counts": counts,
        "to_write": counts["new"] + counts["changed"],
        "ways": [(f"{here}?show={key}", number, word, key == show) for key, number, word in ways],
        "columns": columns,
        "rows": found,
        "lines": [_line(row, columns, befores.get(row["old"] or 0, {})) for row in found.items],
        "words": _TABS,
        "error": error,
        "watermark": watermark_of(user, context["organization"]),
        **{key: _address(context, batch.pk, f"bank_import_{key}") for key in _ACTS},
    }
    status = error.status if error else 200
    return page(request, "learning/both/bank_import_page.html", context, status=status)


_ACTS = ("confirm", "drop", "undo", "corrected")


def _line(row: dict[str, Any], columns: dict[str, str], before: dict[str, str]) -> Context:
    """One row of the preview: a cell for each column of the file."""
    errors = {
        OPTION_KEYS[0] if key == "options" else key: word for key, word in row["errors"].items()
    }
    texts = reads.understood(row)
    return {
        "where": where(row["number"], row.get("sheet", "")),
        "number": row["number"],
        "outcome": row["outcome"],
        "cells": [_cell(label, key, texts, before, errors) for key, label in columns.items()],
        # a fault of a column that the file has not
        "words": [word for key, word in errors.items() if key not in columns],
    }


def _cell(
    label: str, key: str, texts: dict[str, str], before: dict[str, str], errors: dict[str, str]
) -> Context:
    """A cell: what it says, what stood there before, what is wrong with it."""
    text, old, note = texts.get(key, ""), before.get(key, ""), errors.get(key, "")
    changed = bool(before) and old != text
    return {
        "label": label,
        "kind": "bad" if note else "changed" if changed else "",
        "text": text,
        "before": old,
        "note": note,
        "short": key == "kind" and not note,
    }


@login_required
@require_safe
def bank_import_corrected(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    import_id: int,
    console: bool = False,
) -> HttpResponseBase:
    """The rows in error as a workbook, to mend and upload again."""
    user = current_user(request)
    return attachment(*reads.corrected_of(user, organization_id, bank_id, import_id))


@login_required
@require_POST
def bank_import_confirm(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    import_id: int,
    console: bool = False,
) -> HttpResponse:
    """确认导入; ``leave_out`` says that rows in error may stay out."""
    user, leave_out = current_user(request), request.POST.get("leave_out") == "on"
    context = bank_context(request, organization_id, bank_id, console)
    return _act(
        request,
        context,
        import_id,
        lambda: actions.confirm(user, import_id, leave_out=leave_out),
        "题目已导入。",
    )


@login_required
@require_POST
def bank_import_undo(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    import_id: int,
    console: bool = False,
) -> HttpResponse:
    """撤销导入, as one step."""
    user = current_user(request)
    context = bank_context(request, organization_id, bank_id, console)
    return _act(
        request, context, import_id, lambda: actions.undo(user, import_id), "已撤销这次导入。"
    )


@login_required
@require_POST
def bank_import_drop(
    request: HttpRequest,
    organization_id: int,
    bank_id: int,
    import_id: int,
    console: bool = False,
) -> HttpResponse:
    """放弃: nothing was written, nothing will be, the file is forgotten."""
    user = current_user(request)
    context = bank_context(request, organization_id, bank_id, console)
    reads.get_import(user, organization_id, bank_id, import_id)
    try:
        actions.drop(user, import_id)
    except StateConflict as error:
        return _import_page(request, context, import_id, error)
    messages.success(request, "已放弃，没有写入任何内容。")
    return redirect_to(address("bank_import", console, organization_id, bank_id), request)


def _act(
    request: HttpRequest, context: Context, import_id: int, act: Callable[[], object], words: str
) -> HttpResponse:
    """Do it to an import of this bank and show it; when its state forbids, the page says so."""
    reads.get_import(
        current_user(request), context["organization"].pk, context["bank"].pk, import_id
    )
    try:
        act()
    except FORM_ERRORS as error:
        return _import_page(request, context, import_id, error)
    messages.success(request, words)
    return redirect_to(_address(context, import_id), request)
