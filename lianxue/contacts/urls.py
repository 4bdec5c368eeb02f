"""Addresses of `contacts`; each part has its own list."""

from django.urls import URLPattern, path

from lianxue.accounts.kept import register_kept

from .queries.kept import kept
from .web import friends, groups, home, people, phonebook, search

register_kept("contacts", kept)

app_name = "contacts"

_SEARCH: list[URLPattern] = [
    path("contacts/", home.home, name="home"),
    path("contacts/search/", search.search, name="search"),
    path("contacts/organizations/<int:organization_id>/", search.organization, name="organization"),
]

_PERSON = "contacts/people/<int:user_id>"
_REQUEST = "contacts/requests/<int:friend_request_id>"

_FRIENDS: list[URLPattern] = [
    path("contacts/friends/", friends.friends, name="friends"),
    path("contacts/friends/new/", friends.new_friends, name="new_friends"),
    path("contacts/friends/add/", friends.add_friend, name="add_friend"),
    path(f"{_REQUEST}/answer/", friends.answer, name="answer_friend"),
    path(f"{_REQUEST}/withdraw/", friends.withdraw, name="withdraw_friend"),
    path("contacts/card/", friends.my_card, name="my_card"),
    path("contacts/card/renew/", friends.renew_card, name="renew_card"),
    path("c/<str:token>/", friends.open_card, name="open_card"),
    path("contacts/blocked/", friends.blocked, name="blocked"),
    path(f"{_PERSON}/", people.person, name="person"),
    path(f"{_PERSON}/number/", people.reveal_number, name="reveal_number"),
    path(f"{_PERSON}/ask/", people.ask, name="ask_friend"),
    path(f"{_PERSON}/unfriend/", people.unfriend, name="unfriend"),
    path(f"{_PERSON}/block/", people.block, name="block"),
    path(f"{_PERSON}/unblock/", friends.unblock, name="unblock"),
    path(f"{_PERSON}/my-number/", people.show_number, name="show_number"),
]

_GROUP = "contacts/groups/<int:group_id>"

_PHONE_BOOK_AND_GROUPS: list[URLPattern] = [
    path("contacts/phone-book/", phonebook.phone_book, name="phone_book"),
    path("contacts/phone-book/add/", phonebook.phone_book_add, name="phone_book_add"),
    path("contacts/frequent/<int:user_id>/remove/", groups.forget_frequent, name="forget_frequent"),
    path("contacts/groups/", groups.groups, name="groups"),
    path("contacts/groups/new/", groups.group_new, name="group_new"),
    path(f"{_GROUP}/", groups.group, name="group"),
    path(f"{_GROUP}/add/", groups.group_add, name="group_add"),
    path(f"{_GROUP}/remove/", groups.group_remove, name="group_remove"),
    path(f"{_GROUP}/hand-over/", groups.group_hand_over, name="group_hand_over"),
    path(f"{_GROUP}/rename/", groups.group_rename, name="group_rename"),
    path(f"{_GROUP}/leave/", groups.group_leave, name="group_leave"),
    path(f"{_GROUP}/dissolve/", groups.group_dissolve, name="group_dissolve"),
]

urlpatterns: list[URLPattern] = [*_SEARCH, *_FRIENDS, *_PHONE_BOOK_AND_GROUPS]
