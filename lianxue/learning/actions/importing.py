"""A draft from a document that was written elsewhere."""

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction

from lianxue.accounts.models import Actor
from lianxue.files.actions import attach, store
from lianxue.files.models import StoredFile

from .. import html, importing, policy
from ..importing import Document
from ..models import ContentFile, ContentItem
from .common import begin, locked_place, note


@dataclass(frozen=True)
class Imported:
    """The draft, and what of the document was not taken, in words for who imported it."""

    item: ContentItem
    left_out: list[str]


def take_in(actor: Actor, organization_id: int, upload: UploadedFile[Any]) -> Imported:
    """A new article's draft with the text and pictures of a .docx or .md file.

    All of it or nothing. Raises NotFound, PermissionDenied, InvalidInput at ``file``.
    """
    policy.need_writes(policy.place_of(actor, organization_id).power)
    document = importing.read(upload)  # takes a while: before anything is locked
    item = _write(actor, organization_id, document, upload.name or "")
    return Imported(item, document.left_out)


def import_document(actor: Actor, organization_id: int, upload: UploadedFile[Any]) -> ContentItem:
    """``take_in``, for who needs the draft alone."""
    return take_in(actor, organization_id, upload).item


@transaction.atomic
def _write(actor: Actor, organization_id: int, document: Document, file_name: str) -> ContentItem:
    place = locked_place(actor, organization_id)
    policy.need_writes(place.power)
    item = begin(actor, place.organization.pk, ContentItem.Kind.ARTICLE, title=document.title)
    files = _pictures(actor, item, document.pictures)
    item.body = html.moved(document.body, item.pk, files)
    item.text = html.text_of(item.body)
    item.save(update_fields=["body", "text"])
    note(actor, "content.imported", item, file=file_name[:120])
    return item


def _pictures(actor: Actor, item: ContentItem, pictures: list[bytes]) -> dict[int, int]:
    """The pictures kept as files; the file's id by the picture's number."""
    files: dict[int, StoredFile] = {}
    for number, data in enumerate(pictures):
        files[number] = store(actor, SimpleUploadedFile(f"图{number + 1}", data))
    attach(file.pk for file in files.values())
    ContentFile.objects.bulk_create(
        [ContentFile(item=item, file=file, position=number) for number, file in files.items()]
    )
    return {number: file.pk for number, file in files.items()}
