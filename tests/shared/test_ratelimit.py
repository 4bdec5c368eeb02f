"""Limits that hold over several processes, and survive the failure that they count."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from lianxue.shared import ratelimit
from lianxue.shared.errors import RateLimited
from lianxue.shared.models import RateLimitCounter


@pytest.mark.django_db
def test_the_last_place_is_the_last() -> None:
    for _ in range(3):
        ratelimit.hit("sms:1", 3, 60, "稍等")
    with pytest.raises(RateLimited, match="稍等") as caught:
        ratelimit.hit("sms:1", 3, 60, "稍等", "phone")
    assert caught.value.fields == {"phone": "稍等"}
    assert 0 < caught.value.retry_after <= 60
    ratelimit.hit("sms:2", 3, 60, "稍等")


@pytest.mark.django_db
def test_the_window_begins_with_the_first_try_and_ends_for_all() -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        ratelimit.hit("k", 1, 60, "稍等")
        clock.shift(timedelta(seconds=59))
        with pytest.raises(RateLimited) as caught:
            ratelimit.hit("k", 1, 60, "稍等")
        assert caught.value.retry_after == 1
        clock.shift(timedelta(seconds=1))
        ratelimit.hit("k", 1, 60, "稍等")
        with pytest.raises(RateLimited):
            ratelimit.hit("k", 1, 60, "稍等")


@pytest.mark.django_db
def test_a_try_can_be_given_back_or_forgotten() -> None:
    ratelimit.hit("k", 1, 60, "稍等")
    ratelimit.give_back("k")
    ratelimit.give_back("k")
    ratelimit.hit("k", 1, 60, "稍等")
    ratelimit.forget("k")
    ratelimit.hit("k", 1, 60, "稍等")


@pytest.mark.django_db
def test_several_limits_count_together_or_not_at_all() -> None:
    both = {"hall": ratelimit.Limit(9, 60, "网络"), "phone": ratelimit.Limit(1, 60, "号码")}
    ratelimit.hit_all(both)
    for _ in range(20):
        with pytest.raises(RateLimited, match="号码"):
            ratelimit.hit_all(both)
    for _ in range(8):
        ratelimit.hit("hall", 9, 60, "网络")
    with pytest.raises(RateLimited, match="网络"):
        ratelimit.hit_all(both)


@pytest.mark.django_db
def test_the_key_is_not_readable_in_the_database() -> None:
    ratelimit.hit("sms:18012349100", 1, 60, "稍等")
    assert "18012349100" not in RateLimitCounter.objects.get().key


@pytest.mark.django_db
def test_purge_takes_only_what_is_over() -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        ratelimit.hit("old", 1, 60, "稍等")
        ratelimit.hit("new", 1, 600, "稍等")
        clock.shift(timedelta(seconds=60))
        assert ratelimit.purge() == 1
        assert ratelimit.purge() == 0
        with pytest.raises(RateLimited):
            ratelimit.hit("new", 1, 600, "稍等")


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_count_where_a_rollback_would_lose_it() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ratelimit.hit("k", 1, 60, "稍等")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_get_five_places() -> None:
    taken: list[bool] = []
    together = threading.Barrier(8)

    def one() -> None:
        together.wait()
        try:
            ratelimit.hit("hall", 5, 60, "稍等")
            taken.append(True)
        except RateLimited:
            taken.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 3 + [True] * 5
