"""The inbox: todos of a role, messages to a person."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxue.inbox.actions import Note, close_todos, mark_read, post_message, post_todo, user_place
from lianxue.inbox.models import InboxItem
from lianxue.inbox.queries import count_waiting, open_todos, waiting_by_topic
from lianxue.organizations.queries import admin_place, places_of
from lianxue.shared.errors import NotFound
from tests.cast import Cast, sign_in

NOTE = Note(topic="test.todo", title="有一件事等您处理", link="/contacts/", subject="thing:1")


def test_a_todo_is_one_row_for_all_who_hold_the_role(cast: Cast) -> None:
    post_todo(admin_place(cast.county.pk), NOTE)
    post_todo(admin_place(cast.county.pk), NOTE)
    assert InboxItem.objects.count() == 1
    assert [t.title for t in open_todos(places_of(cast.owner))] == [NOTE.title]
    assert open_todos(places_of(cast.whole_admin)).count() == 1
    others = (cast.colleague, cast.outsider_admin, cast.member, cast.city_admin, cast.stranger)
    for person in others:
        assert open_todos(places_of(person)).count() == 0
    assert waiting_by_topic(places_of(cast.owner)) == {"test.todo": 1}


def test_done_by_one_is_done_for_all(cast: Cast) -> None:
    post_todo(admin_place(cast.county.pk), NOTE)
    close_todos(cast.owner, topic=NOTE.topic, subject=NOTE.subject)
    assert count_waiting(places_of(cast.whole_admin)) == 0
    post_todo(admin_place(cast.county.pk), NOTE)
    assert count_waiting(places_of(cast.whole_admin)) == 1


def test_a_message_is_read_once_and_by_its_owner_alone(cast: Cast) -> None:
    post_message(cast.member.pk, NOTE)
    item = InboxItem.objects.get()
    with pytest.raises(NotFound):
        mark_read(cast.owner, item.pk)
    assert count_waiting([user_place(cast.member.pk)]) == 1
    mark_read(cast.member, item.pk)
    first = InboxItem.objects.get().done_at
    mark_read(cast.member, item.pk)
    assert InboxItem.objects.get().done_at == first
    assert count_waiting([user_place(cast.member.pk)]) == 0


def test_the_page_at_its_door(cast: Cast) -> None:
    post_message(cast.member.pk, NOTE)
    item = InboxItem.objects.get()
    home, one = reverse("inbox:home"), reverse("inbox:message", args=[item.pk])
    assert sign_in(None).get(home).status_code == 302
    assert NOTE.title in sign_in(cast.member).get(home).content.decode()
    assert NOTE.title not in sign_in(cast.owner).get(home).content.decode()
    assert sign_in(cast.owner).get(one).status_code == 404
    assert sign_in(cast.member).get(one).status_code == 200
    assert sign_in(cast.member).post(one).status_code == 405
    assert sign_in(cast.member).get(reverse("inbox:message", args=[999999])).status_code == 404


def test_the_page_costs_the_same_at_any_length(cast: Cast) -> None:
    client = sign_in(cast.owner)
    counts = []
    for wanted in (10, 1000):
        have = InboxItem.objects.count()
        InboxItem.objects.bulk_create(
            InboxItem(
                kind="todo",
                place=admin_place(cast.county.pk),
                topic="test.todo",
                title="事",
                subject=f"thing:{n}",
                created_at=cast.county.created_at,
            )
            for n in range(have, wanted)
        )
        client.get(reverse("inbox:home"))
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("inbox:home"))
        counts.append(len(seen))
    assert counts[0] == counts[1]
