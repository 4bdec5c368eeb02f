"""Aliyun's two-factor check of name and ID number (Cloudauth 2019-03-07, Id2MetaVerify).

Source: Aliyun's help pages, 身份二要素核验. ``Code`` 200 means that the check took place,
``BizCode`` is its result: 1 they match, 2 they don't, 3 no record.
"""

import logging
from typing import Any, ClassVar

from django.conf import settings

from lianxue.shared.gateways import aliyun

from .base import Verdict, VerifierUnavailable

log = logging.getLogger(__name__)

_REFUSALS = {
    "2": "姓名与身份证号不一致，请核对后重新提交。",
    "3": "没有查到这个身份证号的记录，请核对后重新提交，或联系平台运维人员。",
}


class AliyunVerifier:
    """Asks Aliyun; the answer comes within seconds."""

    key: ClassVar[str] = "aliyun"
    notice: ClassVar[str] = "姓名和身份证号会加密传给阿里云身份核验服务，只用于核对两者是否一致。"

    def check(self, name: str, id_number: str) -> Verdict:
        """Aliyun's answer. Raises VerifierUnavailable when there is none."""
        try:
            answer = aliyun.call(
                settings.ENV.aliyun_id_endpoint,
                "Id2MetaVerify",
                "2019-03-07",
                {"ParamType": "normal", "IdentifyNum": id_number, "UserName": name},
            )
        except aliyun.AliyunError as error:
            log.warning("the ID check gave no answer: %s", error)
            raise VerifierUnavailable from None
        code = str(answer.get("Code", ""))
        if (
            code == "401"
        ):  # the name or the number breaks Aliyun's own rules: trying again won't help
            return Verdict(approved=False, reason=_REFUSALS["2"])
        if code != "200":
            log.warning("the ID check was not made: code %s", code[:20])
            raise VerifierUnavailable
        return _verdict(answer)


def _verdict(answer: dict[str, Any]) -> Verdict:
    result = answer.get("ResultObject")
    biz_code = str(result.get("BizCode", "")) if isinstance(result, dict) else ""
    if biz_code == "1":
        return Verdict(approved=True)
    if biz_code in _REFUSALS:
        return Verdict(approved=False, reason=_REFUSALS[biz_code])
    log.warning("the ID check's answer makes no sense: BizCode %s", biz_code[:20])
    raise VerifierUnavailable
