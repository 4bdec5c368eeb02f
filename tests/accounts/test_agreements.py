"""The agreements say what this installation does, and each text has its version and digest."""

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from lianxue.accounts import agreements
from lianxue.accounts.actions import users
from lianxue.accounts.models import Consent, User
from tests.factories import UserFactory

from .conftest import Setter


def privacy() -> agreements.Document:
    return agreements.document("privacy")


def test_both_are_there_in_full_with_versions() -> None:
    service, policy = agreements.current_documents()
    assert (service.title, policy.title) == ("服务协议", "信息保护政策")
    for document in (service, policy):
        assert document.version in document.html
        assert len(document.html) > 1200
        assert len(document.digest) == 64


def test_the_policy_has_all_that_the_law_asks_for() -> None:
    """Personal Information Protection Law, art. 17 (and 28-30, 44-50 for what it must name)."""
    html = privacy().html
    for words in ("处理者", "联系方式", "手机号码", "姓名", "身份证号", "单独征得您的同意", "保存",
                  "查阅和复制", "更正", "删除", "撤回", "解释", "注销"):  # fmt: skip
        assert words in html


def test_it_names_the_operator_of_this_installation(env: Setter) -> None:
    assert "还没有在设置中填写" in privacy().html
    env(operator_name="历山县委宣传部", operator_contact="0531-12345678")
    html = privacy().html
    assert "历山县委宣传部" in html
    assert "0531-12345678" in html
    assert "还没有在设置中填写" not in html


def test_it_names_whom_the_data_reaches_only_when_it_does(env: Setter) -> None:
    assert "阿里云" not in privacy().html
    env(sms_backend="aliyun")
    assert "阿里云短信服务" in privacy().html
    env(realname_verifier="aliyun")
    assert "阿里云身份核验" in privacy().html
    env(dingtalk_client_id="key")
    assert "钉钉" in privacy().html
    env(cipher="sm4-gcm")
    assert "SM4" in privacy().html


def test_the_digest_tells_one_text_from_another(env: Setter) -> None:
    before = privacy().digest
    assert privacy().digest == before
    env(operator_name="历山县委宣传部")
    assert privacy().digest != before


def test_settings_are_text_and_no_markup(env: Setter) -> None:
    env(operator_name="<script>alert(1)</script>")
    assert "<script>" not in privacy().html


def test_no_real_apps_name() -> None:
    for document in agreements.current_documents():
        assert "强国" not in document.html
        assert settings.SITE_NAME in agreements.document("service").html


@pytest.mark.django_db
def test_a_consent_is_kept_once_per_version_with_its_first_time() -> None:
    user = UserFactory()
    users.store_consents(user, agreements.consents_now())
    first = Consent.objects.get(user=user, document="privacy")
    assert first.digest == privacy().digest
    assert abs((timezone.now() - first.given_at).total_seconds()) < 5
    users.store_consents(user, agreements.consents_now())
    assert Consent.objects.filter(user=user).count() == 2
    assert Consent.objects.get(pk=first.pk).given_at == first.given_at


@pytest.fixture
def agreed_long_ago(db: None) -> User:
    user = UserFactory(password=make_password("correct horse battery"))
    users.store_consents(user, agreements.consents_now())
    Consent.objects.filter(document="privacy").update(version="2020-01-01")
    return user


def sign_in(client: Client, user: User) -> str:
    words = {"by": "password", "phone": user.phone, "password": "correct horse battery"}
    return str(client.post("/login/", {**words, "next": "/contacts/"})["Location"])


def test_a_changed_text_is_asked_for_at_the_next_sign_in(
    client: Client, agreed_long_ago: User
) -> None:
    there = sign_in(client, agreed_long_ago)
    assert there == "/agreements/renew/?next=%2Fcontacts%2F"
    page = client.get(there).content.decode()
    assert "信息保护政策" in page
    assert 'id="service"' not in page
    response = client.post("/agreements/renew/", {"choice": "agree", "next": "/contacts/"})
    assert response["Location"] == "/contacts/"
    assert Consent.objects.filter(user=agreed_long_ago, document="privacy").count() == 2
    assert sign_in(Client(), agreed_long_ago) == "/contacts/"


def test_refusing_the_changed_text_signs_out(client: Client, agreed_long_ago: User) -> None:
    sign_in(client, agreed_long_ago)
    assert client.post("/agreements/renew/", {"choice": "refuse"})["Location"] == "/login/"
    assert "_auth_user_id" not in client.session
    assert Consent.objects.filter(user=agreed_long_ago, document="privacy").count() == 1


def test_the_renewal_is_for_who_is_signed_in(client: Client) -> None:
    assert client.post("/agreements/renew/", {"choice": "agree"})["Location"].startswith("/login/")
