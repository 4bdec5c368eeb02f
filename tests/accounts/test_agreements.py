"""The agreements say what this installation does, and each text has its version and digest."""

import pytest
from django.conf import settings
from django.utils import timezone

from lianxue.accounts import agreements
from lianxue.accounts.actions import users
from lianxue.accounts.models import Consent
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
    assert [d.key for d in agreements.missing_consents(user.pk)] == ["service", "privacy"]
    users.store_consents(user, agreements.consents_now())
    first = Consent.objects.get(user=user, document="privacy")
    assert first.digest == privacy().digest
    assert abs((timezone.now() - first.given_at).total_seconds()) < 5
    users.store_consents(user, agreements.consents_now())
    assert Consent.objects.filter(user=user).count() == 2
    first.refresh_from_db()
    assert agreements.missing_consents(user.pk) == []
