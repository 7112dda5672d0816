"""What an audit found, from the report to the signature: amounts decide who decides, and money comes back first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.core.record import NewMeasure
from engine.core.refusal import Refused
from engine.services.kinds import open_directly
from engine.services.opening import NewIssue, Promise
from engine.store.database import Database
from tests.kit.stories import CAST, Story

FINDING = "audit-2026-1"
OWNER = "finance_director"


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Story:
    cast = (*CAST, "finance_director", "auditor")
    return Story.begin(database, tmp_path, "2026-03-02", cast=cast).at("2026-03-03")


def opens(story: Story, who: str, amount: str, back: str = "0") -> None:
    issue = NewIssue(
        "培训费超标准列支",
        given={"问题类型": "支出报销", "amount": amount, "to_recover": back},
        measures=(NewMeasure("退回超标准部分", None, date(2026, 4, 10)),),
        deliverables=(Promise("缴款凭证", 1),),
    )
    with story.work() as uow:
        open_directly(uow, story.person(who), "audit_finding", issue, story.now)


def refused(error: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [row.code for row in error.value.refusals.unmet]


def in_progress(story: Story, amount: str = "12,000元", back: str = "3,000元") -> None:
    opens(story, "auditor", amount, back)
    story.assigns(FINDING, OWNER)
    story.does(OWNER, FINDING, "plan")
    story.decides("secretary", FINDING)
    story.does(OWNER, FINDING, "start", cause="没有核对培训费标准")


def test_no_move_is_named_that_there_is_not(story: Story) -> None:
    """A finding has no extension and no new date, so nobody is sent to ask for one."""
    opens(story, "auditor", "12000")
    story.assigns(FINDING, OWNER, "2026-04-10")
    for today, code in (("2026-03-04", "due_only_earlier"), ("2026-04-20", "due_missed_already")):
        with pytest.raises(Refused) as error:
            story.at(today).assigns(FINDING, OWNER, "2026-06-01")
        assert {(code, "", ())} == {(row.code, row.cure, row.who) for row in error.value.refusals.unmet}


def test_a_small_amount_is_decided_by_the_secretary(story: Story) -> None:
    opens(story, "auditor", "3万")
    story.assigns(FINDING, OWNER)
    with pytest.raises(Refused) as error:
        story.does(OWNER, FINDING, "plan_large")
    assert refused(error) == ["amount_too_small"]
    story.does(OWNER, FINDING, "plan")
    pending = story.case(FINDING).pending
    assert pending is not None
    assert pending.decider == "secretary"


def test_a_large_amount_is_decided_by_the_committee(story: Story) -> None:
    opens(story, "auditor", "30,000.01元")
    story.assigns(FINDING, OWNER)
    with pytest.raises(Refused) as error:
        story.does(OWNER, FINDING, "plan")
    assert refused(error) == ["amount_too_large"]
    story.does(OWNER, FINDING, "plan_large")
    pending = story.case(FINDING).pending
    assert pending is not None
    assert (pending.decider, pending.needed) == ("party_committee", 3)


def test_the_work_does_not_begin_without_a_cause(story: Story) -> None:
    opens(story, "auditor", "12000")
    story.assigns(FINDING, OWNER)
    story.does(OWNER, FINDING, "plan")
    story.decides("secretary", FINDING)
    with pytest.raises(Refused) as error:
        story.does(OWNER, FINDING, "start")
    assert (refused(error), error.value.refusals.unmet[0].facts["fields"]) == (["fields_missing"], ["cause"])


def test_it_closes_when_the_money_is_back_and_the_audit_looked(story: Story) -> None:
    in_progress(story)
    story.at("2026-04-08").finishes(OWNER, FINDING)
    story.files(OWNER, FINDING, "voucher")
    with pytest.raises(Refused) as error:
        story.does(OWNER, FINDING, "report")
    assert refused(error) == ["fields_missing"]
    story.does(OWNER, FINDING, "report", recovered="2000", accountable="finance_director，office")
    with pytest.raises(Refused) as error:
        story.does("auditor", FINDING, "verify", accountability="批评教育")
    assert refused(error) == ["amount_not_reached"]
    story.does("auditor", FINDING, "send_back", comment="还差一千元没有退回，请补缴")
    story.files(OWNER, FINDING, "second voucher")
    story.does(OWNER, FINDING, "report", recovered="0.3万")
    story.does("auditor", FINDING, "verify", accountability="批评教育")
    story.does(OWNER, FINDING, "close")
    story.decides("secretary", FINDING)
    case = story.case(FINDING)
    people = ",".join(str(story.people[key]) for key in ("finance_director", "office"))
    assert (
        case.state,
        case.fields["recovered"],
        case.fields["accountability"],
        case.fields["accountable"],
    ) == (
        "closed",
        3000,
        "criticised",
        people,
    )
    assert (case.texts["cause"], story.broken(FINDING)) == ("没有核对培训费标准", [])


def test_it_is_chased_on_the_ladder_of_audits_in_words_of_its_own(story: Story) -> None:
    opens(story, "auditor", "12000")
    story.assigns(FINDING, OWNER)
    story.run("2026-03-30", "09:00")
    texts = [row.letter.text for row in story.letters if row.to == OWNER]
    rungs = {row.notice.rung for row in story.told(FINDING)}
    assert any(
        "审计问题1“培训费超标准列支”（问题类型：支出报销、问题金额：12,000元）" in text for text in texts
    )
    assert any("请报整改措施" in text for text in texts)
    assert {"before_10", "late_1", "late_5"} <= rungs
