"""What addresses of question banks name, for the matrices: an import into 县's bank."""

from lianxue.learning.models import QuestionBank, QuestionImport
from tests.cast import Cast

from .bank_makers import prepared


def bank_world(cast: Cast, bank_id: int | str) -> dict[str, int | str]:
    """A file that 县's main administrator uploaded: one question to add, one in error."""
    batch: QuestionImport = prepared(cast.owner, QuestionBank.objects.get(pk=bank_id))
    return {"question_import_id": batch.pk}


def address_ids(page: str, ids: dict[str, int | str]) -> dict[str, int | str]:
    """What the addresses of this page are filled with."""
    return {"import_id": ids["question_import_id"]} if page.startswith("bank_import") else {}
