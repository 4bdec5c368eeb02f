from typing import IO, Any

from . import documents as documents
from . import html as html

class Result:
    value: str
    messages: list[Any]

def convert_to_html(fileobj: IO[bytes], **options: Any) -> Result: ...
