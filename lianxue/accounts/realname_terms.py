"""The separate consent to the handling of ID numbers (Personal Information Protection Law 28-30).

It says what for, why it is needed, how it is kept, and what it means for the person. A changed text
needs a new ``VERSION``: what people agreed to must stay provable.
"""

import hashlib

DOCUMENT = "realname"
VERSION = "2026-11-1"

#: Heading and text of each part, as shown above the checkbox.
PARTS: tuple[tuple[str, str], ...] = (
    (
        "用来做什么",
        "姓名和身份证号只用于核实管理员是本人。创建学习组织、办理认证前需要这一步；普通成员不需要。",
    ),
    (
        "为什么必须",
        "管理员可以查看和更改组织内其他人的信息，因此须先确认是谁在操作。不需要身份证照片，也不需要人脸。",
    ),
    (
        "怎样保管",
        "身份证号加密保存，页面上只显示首尾各一位；任何人查看完整号码都会留下记录。审核未通过的号码立即删除。",
    ),
    (
        "对您的影响",
        "身份证号属于敏感个人信息，一旦泄露可能影响您的人身和财产安全。不同意不影响您以普通成员身份使用。",
    ),
)


def digest() -> str:
    """SHA-256 of the text, kept with each consent."""
    text = "\n".join(f"{heading}\n{body}" for heading, body in PARTS)
    return hashlib.sha256(text.encode()).hexdigest()
