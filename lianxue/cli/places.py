"""Organisations as they are named at the command line."""

import click

from lianxue.organizations.models import Organization


def find_organization(text: str) -> Organization:
    """The living organisation of this code, else of this whole name, else of this id (编号).

    Raises ClickException for none, or several of one name.
    """
    living = Organization.objects.filter(dissolved_at=None)
    found = list((living.filter(code=text) or living.filter(name=text))[:2])
    if not found and text.isascii() and text.isdigit() and len(text) < 19:
        found = list(living.filter(pk=int(text)))
    if len(found) != 1:
        raise click.ClickException(
            "有几个同名的组织，请用 code 指定。" if found else f"没有找到组织“{text}”。"
        )
    return found[0]
