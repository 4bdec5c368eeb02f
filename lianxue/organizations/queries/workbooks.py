"""Workbooks that are made of what an actor may see: the template, the rows of an import to mend."""

from collections.abc import Iterator

from lianxue.accounts.models import Actor

from ..models import ImportRow, MemberImport
from ..roster import writing
from ..roster.rows import RowData
from . import imports
from .core import get_administered
from .paths import branch_paths


def template_for(actor: Actor, organization_id: int, *, full: bool) -> tuple[bytes, str]:
    """The empty roster with the branches of the actor's scope, and its name.

    Raises NotFound, PermissionDenied for who administers nothing there.
    """
    organization, power = get_administered(actor, organization_id)
    paths = list(branch_paths(organization, power).values())
    name = f"成员名册模板（{'全表' if full else '简表'}）.xlsx"
    return writing.template(paths, full=full), name


def corrected_of(actor: Actor, import_id: int) -> tuple[bytes, str]:
    """The rows in error of an import, to mend and upload again, and the file's name.

    Raises NotFound, PermissionDenied as ``imports.get_import`` does.
    """
    batch = imports.get_import(actor, import_id)
    organization, power = get_administered(actor, batch.organization_id)
    paths = list(branch_paths(organization, power).values())
    columns = list(imports.about(batch).columns)
    data = writing.corrected(_faulty(actor, batch), columns, paths)
    return data, f"需要修改的行-{batch.pk}.xlsx"


def _faulty(actor: Actor, batch: MemberImport) -> Iterator[writing.Faulty]:
    for row in imports.rows_of(actor, batch, ImportRow.Outcome.ERROR).iterator(500):
        data = RowData.load(row.data)
        yield writing.Faulty(row.number, data.raw, data.errors)
