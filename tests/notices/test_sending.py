"""Sending: who may, to whom, and what it writes."""

import pytest

from lianxue.notices import policy
from lianxue.notices.actions import sending
from lianxue.notices.actions.audiences import Audience
from lianxue.notices.models import Notice, Receipt, Relay
from tests.cast import Cast
from tests.notices.makers import ALL, WHOLE, draft, passed, sent

pytestmark = pytest.mark.django_db


def test_it_goes_down_the_chain(cast: Cast) -> None:
    relay = sent(cast.province_admin, cast.province)
    assert relay.state == "passed"
    city = passed(cast.city_admin, cast.city, relay.notice, ALL, "请抓紧")
    county = passed(cast.owner, cast.county, relay.notice, WHOLE)
    assert policy.recipients(county.pk).count() == 5
    assert city.remark == "请抓紧"
    assert Receipt.objects.count() == 3
