"""Registration, signing in, real name, account security."""

from lianxue.accounts import realname_terms
from tests.accounts.helpers import PHONE
from tests.accounts.proofs import PASSWORD

from .scene import (
    LONG,
    WRONG_CODE,
    Case,
    at_agreements,
    at_confirm,
    at_confirm_code,
    at_login_code,
    at_register_code,
    at_register_profile,
    at_second_step,
    at_totp,
    freshly,
    outdated,
)

_PERSON = {"name": "周涛", "id_number": "11010119900307889X"}
_CONSENT = {"consent": realname_terms.VERSION}


CASES = [
    # 1.3, registration
    Case("onboarding:register", {"phone": ""}, "phone", "请填写手机号码", who=""),
    Case("onboarding:register", {"phone": "138"}, "phone", "11 位", {"phone": "138"}, ""),
    Case("onboarding:register", {"phone": "abc"}, "phone", "11 位", {"phone": "abc"}, ""),
    Case("onboarding:agreements", {}, "", "请选择", who="", before=at_agreements),
    Case("onboarding:code", {"code": ""}, "code", "六位数字", who="", before=at_register_code),
    Case("onboarding:code", {"code": "12"}, "code", "六位数字", who="", before=at_register_code),
    Case(
        "onboarding:code", {"code": WRONG_CODE}, "code", "不正确", who="", before=at_register_code
    ),
    Case("onboarding:resend", {}, "code", "太频繁", who="", status=429, before=at_register_code),
    Case(
        "onboarding:profile",
        {"name": "", "unit_name": "某某厂"},
        "name",
        "请填写姓名",
        {"unit_name": "某某厂"},
        "",
        before=at_register_profile,
    ),
    Case(
        "onboarding:profile",
        {"name": "长" * 21},
        "name",
        "20 字",
        {"name": "长" * 21},
        "",
        before=at_register_profile,
    ),
    Case(
        "onboarding:profile",
        {"name": "林小雨", "unit_name": "厂" * 61},
        "unit_name",
        "60 字",
        {"name": "林小雨", "unit_name": "厂" * 61},
        "",
        before=at_register_profile,
    ),
    # 1.3, signing in
    Case("accounts:login", {"phone": ""}, "phone", "请填写手机号码", who=""),
    Case("accounts:login", {"phone": "139"}, "phone", "11 位", {"phone": "139"}, ""),
    Case(
        "accounts:login",
        {"by": "password", "phone": "12", "password": PASSWORD},
        "phone",
        "11 位",
        {"phone": "12"},
        "",
    ),
    Case(
        "accounts:login",
        {"by": "password", "phone": PHONE, "password": ""},
        "password",
        "请填写密码",
        {"phone": PHONE},
        "",
    ),
    Case(
        "accounts:login",
        {"by": "password", "phone": PHONE, "password": PASSWORD},
        "",
        "不正确",
        {"phone": PHONE},
        "",
    ),
    Case("accounts:login_code", {"code": ""}, "code", "六位数字", who="", before=at_login_code),
    Case(
        "accounts:login_code", {"code": WRONG_CODE}, "code", "不正确", who="", before=at_login_code
    ),
    Case("accounts:login_resend", {}, "code", "太频繁", who="", status=429, before=at_login_code),
    Case("mfa_authenticate", {"code": ""}, "code", "请填写", who="", before=at_second_step),
    Case("mfa_authenticate", {"code": WRONG_CODE}, "code", "不正确", who="", before=at_second_step),
    Case("accounts:agreements_renew", {}, "", "请选择", before=outdated),
    # 1.4, real name
    Case(
        "accounts:realname",
        _CONSENT | {"name": "", "id_number": "1"},
        "name",
        "请填写",
        {"id_number": "1"},
        "unverified_admin",
    ),
    Case(
        "accounts:realname",
        _CONSENT | _PERSON | {"id_number": ""},
        "id_number",
        "请填写",
        {"name": "周涛"},
        "unverified_admin",
    ),
    Case(
        "accounts:realname",
        _CONSENT | _PERSON | {"id_number": "123"},
        "id_number",
        "18 位",
        {"name": "周涛", "id_number": "123"},
        "unverified_admin",
    ),
    Case(
        "accounts:realname",
        _CONSENT | _PERSON | {"id_number": "110101199003078891"},
        "id_number",
        "校验",
        {"id_number": "110101199003078891"},
        "unverified_admin",
    ),
    Case("accounts:realname", _PERSON, "consent", "同意", {"name": "周涛"}, "unverified_admin"),
    Case(
        "accounts:console_realname_refuse",
        {"reason": ""},
        "reason-{request_id}",
        "请写明原因",
        who="operator",
        ids=("request_id",),
    ),
    Case(
        "accounts:console_realname_refuse",
        {"reason": LONG},
        "reason-{request_id}",
        "100",
        {"reason": LONG},
        "operator",
        ("request_id",),
    ),
    # account security
    Case("accounts:confirm", {"way": ""}, "", "请选择一种", before=at_confirm),
    Case(
        "accounts:confirm",
        {"way": "password", "password": "wrong-one-9"},
        "password",
        "不正确",
        before=at_confirm,
    ),
    Case(
        "accounts:confirm",
        {"way": "sms", "code": WRONG_CODE},
        "code",
        "不正确",
        before=at_confirm_code,
    ),
    Case("accounts:password", {"new": "", "again": ""}, "new", "请填写新密码", before=freshly),
    Case("accounts:password", {"new": "kd9-q", "again": "kd9-q"}, "new", "8", before=freshly),
    Case(
        "accounts:password", {"new": "73519648", "again": "73519648"}, "new", "数字", before=freshly
    ),
    Case(
        "accounts:password",
        {"new": "qiu-tian-8", "again": "dong-tian-8"},
        "again",
        "不一样",
        before=freshly,
    ),
    Case("accounts:totp", {"code": ""}, "code", "不正确", before=at_totp),
    Case("accounts:totp", {"code": WRONG_CODE}, "code", "不正确", before=at_totp),
    Case(
        "accounts:passkeys",
        {"name": "我的手机", "credential": "nonsense"},
        "",
        "没有添加成功",
        {"name": "我的手机"},
        before=freshly,
    ),
    Case("accounts:privacy", {}, "findable", "请选择"),
    Case("accounts:privacy", {"findable": "x"}, "findable", "请选择"),
]
