"""Rosters for the tests of imports: written by XlsxWriter, invented people only."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from lianxue.accounts.models import Actor
from lianxue.organizations.actions import imports
from lianxue.organizations.models import ImportRow, MemberImport, Organization
from lianxue.organizations.roster.rows import RowData

HEADINGS = ("姓名", "手机号", "所在党支部")


def workbook(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> bytes:
    """An .xlsx with these headings in the first row."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        for number, row in enumerate([headings, *rows]):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def upload(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> imports.Upload:
    """The same, as it is handed to ``prepare``."""
    return imports.Upload("名册.xlsx", workbook(rows, headings))


def bring(
    actor: Actor,
    organization: Organization,
    rows: Sequence[Sequence[Any]],
    headings: Sequence[str] = HEADINGS,
    **options: Any,
) -> MemberImport:
    """Prepare, confirm and write an import."""
    batch = imports.prepare(actor, organization.pk, upload(rows, headings), **options)
    imports.confirm(actor, batch.pk)
    return imports.apply(batch.pk)


def row(batch: MemberImport, number: int) -> RowData:
    """A row by its number in the sheet (the first below the headings is 2)."""
    return RowData.load(ImportRow.objects.get(batch=batch, number=number).data)


def outcomes(batch: MemberImport) -> list[str]:
    """The rows' outcomes, in order."""
    return list(
        ImportRow.objects.filter(batch=batch).order_by("number").values_list("outcome", flat=True)
    )
