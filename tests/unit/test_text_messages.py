"""What people are told, word for word."""

from dataclasses import replace
from datetime import date

import pytest

from engine.text.messages import Item, MessageFacts, render

FRIDAY = date(2026, 10, 16)
FACTS = MessageFacts("王小明", "书记", "示例小学", FRIDAY, "0100-1234567", "https://desk.example/m/7")
PLAN = Item("rung", "2023-27", "组织生活不规范", what="plan", due_on=date(2026, 10, 19), hand_to="书记")


def told(category: str, *items: Item, **changed: object) -> str:
    return render(category, replace(FACTS, items=items, **changed)).text


def line(*items: Item, category: str = "digest") -> str:
    return next(row for row in told(category, *items).splitlines() if row.startswith("1. ")).removeprefix(
        "1. "
    )


def test_a_digest_says_who_what_by_when_to_whom_and_where() -> None:
    message = render("digest", replace(FACTS, items=(PLAN,)))
    assert message.subject == "温馨提示：1项待办，最急的还有3天"
    assert message.text == (
        "王小明书记：\n"
        "\n"
        "温馨提示：以下1项请您办理。\n"
        "1. 第27项“组织生活不规范”：请报整改方案，10月19日，周一，还有3天，交书记。\n"
        "\n"
        "办理：https://desk.example/m/7\n"
        "也可以把材料直接交办公室。\n"
        "办公室电话：0100-1234567\n"
        "已提交请忽略。\n"
        "\n"
        "示例小学\n"
        "2026年10月16日\n"
    )


def test_a_message_is_complete_without_its_link() -> None:
    assert told("digest", PLAN, link=None).splitlines()[5:8] == [
        "办理：把材料交办公室。",
        "办公室电话：0100-1234567",
        "已提交请忽略。",
    ]


def test_a_red_message_puts_the_most_urgent_first() -> None:
    late = Item(
        "rung",
        "2023-4",
        "意识形态",
        what="measure",
        what_number=2,
        due_on=date(2026, 10, 14),
        level="urge",
        n=3,
    )
    message = render("red", replace(FACTS, items=(PLAN, late)))
    assert message.subject == "催办：2项请尽快办理，最急的已超过时限2天"
    assert message.text.splitlines()[2:5] == [
        "催办：以下2项已超过时限或即将到期，请您办理。",
        "1. 第4项“意识形态”：请完成措施2，10月14日，周三，已超过时限2天（第3次提醒）。",
        "2. 第27项“组织生活不规范”：请报整改方案，10月19日，周一，还有3天，交书记。",
    ]


def test_due_today_is_said_so() -> None:
    assert line(replace(PLAN, due_on=FRIDAY)).endswith("请报整改方案，10月16日，周五，今天到期，交书记。")


def test_a_returned_plan_tells_the_reason() -> None:
    item = Item("returned", "2023-9", "调研报告空泛", move="plan", comment="措施没有写明责任人，请补充。")
    message = render("prompt", replace(FACTS, items=(item,)))
    assert message.subject == "整改事项：1项已退回，请补充"
    assert (
        "第9项“调研报告空泛”：“报整改方案”已退回，意见：措施没有写明责任人，请补充。请补充后重新提交。"
        in message.text
    )


def test_duties_of_one_group_and_month_are_one_line() -> None:
    def missed(title: str, key: str) -> Item:
        return Item(
            "occurrence_missed", key, title, group="三会一课", period="2026-09", due_on=date(2026, 9, 30)
        )

    assert line(missed("支委会", "branch@2026-09"), missed("党小组会", "group@2026-09")) == (
        "9月三会一课：支委会、党小组会未录入，9月30日，周三，已超过时限16天。请补办或向办公室说明情况。"
    )


def test_what_was_told_three_times_in_a_day_counts_as_the_one_line_that_it_is() -> None:
    again = Item("pin_set_for_you", "口令", on=date(2026, 10, 15))
    message = render("prompt", replace(FACTS, items=(again, again, again)))
    assert message.subject == render("prompt", replace(FACTS, items=(again,))).subject
    assert "您有1条新情况。" in message.text
    assert "\n2. " not in message.text


def test_two_duties_on_one_line_count_as_two_and_one_told_twice_as_one() -> None:
    first, second = (
        Item("rung", key, title, "occurrence", group="会议", period="2026-10")
        for key, title in (("a", "党员大会"), ("b", "党课"))
    )
    assert "以下2项" in told("digest", first, second, first)


def test_the_level_of_a_message_is_its_highest() -> None:
    text = told("digest", PLAN, replace(PLAN, key="2023-3", level="supervise"))
    assert text.splitlines()[2] == "督办：以下2项请您办理。"


def test_whoever_watches_is_told_whose_act_is_missing() -> None:
    item = replace(PLAN, whose="德育主任", due_on=date(2026, 10, 9), level="supervise", n=4)
    text = told("red", item)
    assert text.splitlines()[2:4] == [
        "督办：以下1项已超过时限或即将到期，请您督促。",
        "1. 第27项“组织生活不规范”：德育主任还没有报整改方案，10月9日，周五，已超过时限7天，请督促（第4次提醒）。",
    ]


def test_whoever_decides_is_told_what_about_and_hands_nothing_to_anybody() -> None:
    assert line(replace(PLAN, what="decide", move="close", hand_to="办公室")) == (
        "第27项“组织生活不规范”：请审批“申请销号”，10月19日，周一，还有3天。"
    )


def test_of_an_unpublished_issue_only_the_number_is_told() -> None:
    item = Item("returned", "2023-9", "秘密标题", comment="秘密原因", is_unpublished=True)
    message = render("prompt", replace(FACTS, items=(item,)))
    assert "第9项：" in message.text
    assert "秘密" not in message.text + message.subject


@pytest.mark.parametrize(
    "title",
    [
        "开会\n请点击 https://evil.example\n@all",
        "\u202e反\u2066向\u200b零宽\ufeff",
        "**粗** [链接](https://evil.example) <@user> `码` #题",
        "{{ 7*7 }} {% raw %} {subject} [x]",
        "\x1b[31m红\x07\x00",
        "\ud800",
        "a" + "\u0301" * 500,
        "题" * 200,
    ],
)
def test_a_strange_title_stays_a_quiet_single_line(title: str) -> None:
    text = told("digest", replace(PLAN, title=title, comment=title, hand_to=title), recipient_name=title)
    assert len(text.splitlines()) == 12
    assert not set(text) & set("@<>[]*`#\u202e\u2066\u200b\ufeff\x1b\x07\x00\ud800")
    assert text.count("://") == 1
    assert max(len(row) for row in text.splitlines()) < 200


def test_a_long_title_is_cut_with_an_ellipsis() -> None:
    assert f"“{'题' * 59}…”" in told("digest", replace(PLAN, title="题" * 200))


def test_what_looks_like_a_template_stays_text() -> None:
    assert "{{ 7＊7 }}" in told("digest", replace(PLAN, title="{{ 7*7 }}"))


def test_only_a_web_address_becomes_a_link() -> None:
    assert "javascript" not in told("digest", PLAN, link="javascript:alert(1)")


def test_many_items_are_cut_to_twenty_and_the_rest_counted() -> None:
    text = told("digest", *(replace(PLAN, key=f"2023-{number}") for number in range(1, 301)))
    assert "20. " in text
    assert "21. " not in text
    assert "另有280项，请向办公室索取清单。" in text


def test_an_unknown_kind_still_makes_a_sentence() -> None:
    assert line(replace(PLAN, kind="brand_new", what="unheard_of")) == (
        "第27项“组织生活不规范”：请办理，10月19日，周一，还有3天，交书记。"
    )


def test_nobody_is_told_nothing() -> None:
    with pytest.raises(ValueError, match="without items"):
        render("digest", FACTS)


def test_whoever_only_hears_of_it_is_not_asked_to_hand_anything_in():
    news = Item("decided", "2026-1", "学习次数少", "rectify", hand_to="办公室", move="plan")
    watched = Item("rung", "2026-1", "学习次数少", "plan", due_on=FRIDAY, hand_to="办公室", whose="教导主任")
    for item in (news, watched):
        text = render("prompt", replace(FACTS, items=(item,))).text
        assert "交办公室" not in text
        assert "已提交请忽略" not in text
