"""Every form of the site, every kind of bad input: said beside its field, what was typed kept.

One row of the tables in ``tests/forms`` is one bad answer to one form.
``test_no_form_is_forgotten`` asks the resolver for every address that takes a POST: it is in a
table, or in ``NO_FIELDS`` with the reason.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from lianxue.accounts.models import PhoneChallenge

from .accounts.helpers import Outbox, outbox
from .cast import Cast, sign_in
from .forms import (
    accounts,
    bulk,
    certification,
    contacts,
    imports,
    learning_banks,
    learning_desk,
    learning_quiz,
    learning_reader,
    learning_tasks,
    notices,
    notices_oversight,
    organizations,
    points,
    security,
    worktasks,
    worktasks_review,
)
from .forms.reading import Fields
from .forms.scene import Case, Scene, make_scene

__all__ = ["outbox"]

CASES = [
    *accounts.CASES,
    *organizations.CASES,
    *certification.CASES,
    *imports.CASES,
    *learning_banks.CASES,
    *learning_quiz.CASES,
    *learning_reader.CASES,
    *learning_tasks.CASES,
    *contacts.CASES,
    *points.CASES,
    *security.CASES,
    *bulk.CASES,
    *worktasks.CASES,
    *worktasks_review.CASES,
    *notices.CASES,
    *notices_oversight.CASES,
    *learning_desk.CASES,
]
#: Addresses that take a POST and have nothing to fill in.
NO_FIELDS = {
    "appearance": "choices only; an unknown one changes nothing (test_an_unknown_appearance)",
    "accounts:login_cancel": "a button",
    "accounts:logout": "a button",
    "accounts:export": "a button",
    "accounts:realname_retry": "a button",
    "accounts:realname_withdraw": "a button behind a question",
    "accounts:realname_reveal": "a button behind a question",
    "accounts:console_realname_approve": "a button",
    "accounts:console_realname_reveal": "a button",
    "accounts:totp_off": "a button behind a question",
    "accounts:recovery_codes": "a button behind a question",
    "accounts:passkey_remove": "a button behind a question",
    "accounts:session_end": "a button",
    "accounts:sessions_end": "a button",
    "accounts:dingtalk": "where DingTalk's answer ends; nothing is typed",
    "accounts:dingtalk_unlink": "a button behind a question",
    "mfa_login_webauthn": "the browser's answer; junk is tried in tests/test_junk.py",
    "dingtalk_login": "a button",
    "onboarding:cancel": "a button",
    "organizations:branch_delete": "a button behind a question; what is in it is said in a toast",
    "organizations:member_reveal": "a button",
    "organizations:member_detail_reveal": "a button",
    "organizations:import_confirm": "a button; what it can lack is in test_import_pages.py",
    "organizations:import_replan": "a button",
    "organizations:import_drop": "a button behind a question",
    "organizations:import_undo": "a button behind a question",
    "organizations:security_reach_remove": "a button behind a question",
    "organizations:security_phones_remove": "a button behind a question",
    "organizations:console_security_reach_remove": "a button behind a question",
    "organizations:console_security_phones_remove": "a button behind a question",
    "organizations:dismiss": "a button behind a question",
    "organizations:withdraw_handover": "a button behind a question",
    "organizations:console_columns": "choices only; unknown ones fall away (test_table.py)",
    "organizations:console_move": "a drag; tests/organizations/test_pages.py",
    "notices:confirm": "a button",
    "learning:picture": "the editor's own, answered in JSON; tests/learning/test_desk_pages.py",
    "learning:console_picture": "the editor's own, answered in JSON",
    "learning:publish": "a button behind a question; what is missing is in test_desk_pages.py",
    "learning:console_publish": "a button behind a question",
    "learning:discard": "a button behind a question",
    "learning:console_discard": "a button behind a question",
    "worktasks:take_back": "a button behind a question",
    "notices:archive": "a button",
    "notices:calendar_feed": "a button",
    "notices:calendar_feed_end": "a button behind a question",
    "notices:discard": "a button behind a question",
    "notices:console_discard": "a button behind a question",
    "notices:copy": "a button",
    "notices:console_copy": "a button",
    "notices:receive": "a button",
    "notices:console_receive": "a button",
    "learning:progress": "what a player reports; tests/learning/test_item_page.py",
    "learning:finish": "a button",
    "learning:favourite": "a button",
    "learning:quiz": "a button",
    "learning:hand_in": "a button below the overview",
    "learning:quiz_remove": "a button behind a question",
    "learning:console_quiz_remove": "a button behind a question",
    "learning:remove_comment": "a button behind a question",
    "learning:bank_export": "a button",
    "learning:question_retire": "a button behind a question",
    "learning:bank_import_confirm": "a button; what it can lack is in test_bank_pages.py",
    "learning:bank_import_drop": "a button behind a question",
    "learning:bank_import_undo": "a button behind a question",
    "learning:console_bank_export": "a button",
    "learning:console_question_retire": "a button behind a question",
    "learning:console_bank_import_confirm": "a button; what it can lack is in test_bank_pages.py",
    "learning:console_bank_import_drop": "a button behind a question",
    "learning:console_bank_import_undo": "a button behind a question",
    "certification:revoke_invitation": "a button behind a question",
    "certification:revoke_claim_link": "a button behind a question",
    "certification:console_revoke_claim_link": "a button behind a question",
    "certification:approve": "a button",
    "certification:console_approve": "a button",
    "certification:withdraw": "a button behind a question",
    "certification:console_withdraw": "a button behind a question",
    "certification:approve_rename": "a button",
    "certification:console_approve_rename": "a button",
    "certification:console_withdraw_rename": "a button behind a question",
    "contacts:phone_book_add": "a button beside who was found",
    "contacts:forget_frequent": "a button",
    "contacts:group_leave": "a button behind a question",
    "contacts:group_dissolve": "a button behind a question",
    "contacts:withdraw_friend": "a button behind a question",
    "contacts:renew_card": "a button behind a question",
    "contacts:reveal_number": "a button",
    "contacts:unfriend": "a button behind a question",
    "contacts:block": "a button behind a question",
    "contacts:unblock": "a button",
    "contacts:show_number": "a button",
    "certification:open_claim": "a button; what a link can lack is in tests/certification",
}
#: allauth's own names that only lead on to our pages.
LEADS_ON = {
    "account_login",
    "account_signup",
    "account_inactive",
    "account_reauthenticate",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
    "socialaccount_connections",
}


@pytest.fixture
def scene(db: None, outbox: Outbox) -> Scene:
    return make_scene(outbox)


#: Rows that a wrong try may leave behind: the tries themselves, counted, and the visit.
COUNTED = {"RateLimitCounter", "Session", "PhoneChallenge"}
#: A wrong code or password is written down, too, and nothing else is.
LOGGED = {"AuditEvent", "AuditHead"}


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the site."""
    found, quote = {}, connection.ops.quote_name
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model.__name__ not in COUNTED:
                table, key = map(quote, (model._meta.db_table, model._meta.pk.column))
                cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")
                found[model.__name__] = cursor.fetchall()
    return found


def filled(values: dict[str, Any], ids: dict[str, int]) -> dict[str, Any]:
    """The form with the ids of this scene in it."""
    return {
        key.format(**ids): value.format(**ids) if isinstance(value, str) and "{" in value else value
        for key, value in values.items()
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bad_input(scene: Scene, case: Case) -> None:
    if case.who:
        scene.client = sign_in(getattr(scene.cast, case.who))
    if case.before:
        case.before(scene)
    arguments = [scene.ids[key] for key in case.ids]
    before, challenges = everything(), PhoneChallenge.objects.count()
    answer = scene.client.post(reverse(case.name, args=arguments), filled(case.form, scene.ids))
    assert answer.status_code == case.status, answer.headers.get("Location")
    page = Fields(answer.content.decode())
    at = case.at.format(**scene.ids)
    said = page.texts.get(f"{at}-error" if at else "alert", "")
    assert case.words in said, page.texts.get("alert", "")
    assert any("\u4e00" <= sign <= "\u9fff" for sign in said), "words, in Chinese"
    for name, value in filled(case.kept, scene.ids).items():
        assert value in page.values.get(name, []), page.values
    secrets = {"password", "new", "again", "code"} & set(case.form)
    assert not [name for name in secrets if any(page.values.get(name, []))]
    after = everything()
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= (LOGGED if secrets else set())
    assert PhoneChallenge.objects.count() == challenges


def _patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield f"{space}{one.name}", one
        elif one.namespace not in {"api", "dev"}:
            yield from _patterns(one, f"{space}{one.namespace}:" if one.namespace else space)


def test_no_form_is_forgotten(cast: Cast) -> None:
    """Every address that does not turn a POST away is in the table or has its reason."""
    client = sign_in(cast.stranger)
    client.raise_request_exception = False
    takes_post = set()
    for name, pattern in _patterns(get_resolver()):
        if name.startswith("api"):
            continue
        given = pattern.pattern.regex.groupindex
        values = {key: "service" if key in {"key", "token"} else 999_999 for key in given}
        if client.post(reverse(name, kwargs=values)).status_code != 405:
            takes_post.add(name)
        client = client if "_auth_user_id" in client.session else sign_in(cast.stranger)
    in_table = {case.name for case in CASES}
    assert takes_post - in_table - set(NO_FIELDS) - LEADS_ON == set()
    assert (in_table | set(NO_FIELDS)) - takes_post == set(), "gone, or no longer a form"


def test_an_unknown_appearance(db: None) -> None:
    answer = Client().post(reverse("appearance"), {"view": "x", "theme": "x"})
    assert answer.status_code == 302
    assert not answer.cookies
