"""Dates as the office says them."""

from datetime import date

import pytest

from engine.text.dates import day_words, due_words, left_words, period_words

TODAY = date(2026, 10, 16)


def test_a_time_limit_is_day_weekday_and_what_is_left() -> None:
    assert due_words(date(2026, 10, 19), TODAY) == "10月19日，周一，还有3天"


def test_late_is_counted_in_days() -> None:
    assert left_words(-2) == "已超过时限2天"


def test_the_last_day_is_today() -> None:
    assert left_words(0) == "今天到期"


def test_another_year_is_said() -> None:
    assert due_words(date(2027, 1, 4), TODAY) == "2027年1月4日，周一，还有80天"


def test_without_a_today_the_year_is_always_said() -> None:
    assert day_words(TODAY) == "2026年10月16日"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("2026-W05", "第5周"),
        ("2026-11", "11月"),
        ("2025-11", "2025年11月"),
        ("2026-11-B", "11月下半月"),
        ("2026-Q4", "第4季度"),
        ("2026-S1", "上半年"),
        ("2026", "2026年"),
        ("2026-2027", "2026至2027学年"),
        ("2026-2027-T2", "2026至2027学年第二学期"),
        ("2026@teachers-day", "2026@teachers-day"),
        ("event:7", "event:7"),
    ],
)
def test_a_period_key_in_words(key: str, said: str) -> None:
    assert period_words(key, TODAY) == said
