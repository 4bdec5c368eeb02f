"""A passkey in a real browser with a virtual authenticator, under our content security policy."""

import re

from playwright.sync_api import Page, expect

from .conftest import Opener, Site

PHONE = "13800138111"
PASSWORD = "wo-ai-xuexi-2026"


def with_authenticator(page: Page) -> None:
    """Give the browser a finger that is always there."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_out(page: Page, home: str) -> None:
    page.goto(f"{home}/me/")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(re.compile("/login/"))


def test_a_passkey_signs_in_alone_and_as_the_second_step(site: Site, open_browser: Opener) -> None:
    page = open_browser(site)
    home = site.address.replace("127.0.0.1", "localhost")  # a passkey needs a name, not a number
    troubles: list[str] = []
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    with_authenticator(page)
    site.command("operator", "add", PHONE, "运维")
    page.goto(f"{home}/login/?next=/me/security/passkeys/")
    page.get_by_label("手机号码").fill(PHONE)
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_label("验证码").fill(site.code_for(PHONE))
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/me/security/passkeys/")

    page.get_by_label("名称").fill("我的手机")
    page.get_by_role("button", name="在这台设备上添加").click()
    expect(page.get_by_role("heading", name="备用码")).to_be_visible()
    page.get_by_role("link", name="我已抄好").click()
    page.goto(f"{home}/me/security/passkeys/")
    expect(page.get_by_text("我的手机", exact=True)).to_be_visible()

    sign_out(page, home)
    page.goto(f"{home}/login/?next=/me/security/password/")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url("**/me/security/password/")
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再填一次").fill(PASSWORD)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("密码已设置")).to_be_visible()

    sign_out(page, home)
    page.goto(f"{home}/login/?by=password&next=/me/profile/")
    page.get_by_label("手机号码").fill(PHONE)
    page.get_by_label("密码").last.fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/login/second-step/")
    page.get_by_role("button", name="用通行密钥验证").click()
    page.wait_for_url("**/me/profile/")
    assert troubles == []
