"""Errors, refusals and problems as sentences."""

import sys
from datetime import date
from subprocess import run

from engine.core.refusal import Refusals, Unmet
from engine.errors import Problem
from engine.text.filling import fill
from engine.text.sentences import problem_line, reconciliation_line, refusal_lines, sentence, unmet_sentence


def test_an_error_says_what_to_do() -> None:
    assert sentence("database_locked", {}) == "数据库正忙，请稍后再试。"


def test_a_known_nearest_word_is_offered() -> None:
    facts = {"person": "王小名", "nearest": "王小明"}
    assert sentence("person_not_found", facts) == "没有找到人员“王小名”，您是不是想写 王小明。"


def test_without_a_nearest_word_nothing_is_offered() -> None:
    assert sentence("person_not_found", {"person": "王小名", "nearest": None}) == "没有找到人员“王小名”。"


def test_a_key_that_people_type_stands_behind_its_label() -> None:
    names = {"post:union_lead": "工会组长"}
    facts = {"keys": ["secretary", "union_lead", "nameless"], "none": None}
    assert fill("{keys:post+}", facts, names) == "书记（secretary）、工会组长（union_lead）、nameless"
    assert fill("写[{none:post+}]", facts, names) == "写"


def test_whoever_typed_it_in_has_one_name_in_a_conflict_and_in_a_history() -> None:
    winner = {
        "person": None,
        "via": "cli",
        "at": "2026-03-02T09:00",
        "type": "owner_set",
        "facts": {"post": "office"},
    }
    said = sentence("case_changed", {"case": "2026-1", "winner": winner})
    assert "2026年3月2日09:00，经办人责任领导定为办公室" in said


def test_a_size_is_told_in_megabytes() -> None:
    assert fill("{limit:size}", {"limit": 20 * 1024 * 1024}) == "20MB"
    assert fill("{limit:size}", {"limit": 1536 * 1024}) == "1.5MB"


def test_an_unknown_code_is_named_and_never_raises() -> None:
    assert sentence("brand_new", {"case": "2023-4"}) == (
        "没有办成（brand_new：case=2023-4），请把这句话告诉维护人员。"
    )


def test_a_missing_fact_leaves_a_mark_and_never_raises() -> None:
    assert sentence("file_empty", {}) == "文件 ？ 是空的，请换一个有内容的文件。"


def test_facts_are_not_read_as_words_with_places() -> None:
    said = sentence("file_empty", {"file": "{code} [x] \x1b[2J\n第二行"})
    assert said == "文件 {code} [x] [2J 第二行 是空的，请换一个有内容的文件。"


def test_a_condition_keeps_or_drops_its_part_and_says_nothing_itself() -> None:
    words = "完成[{late?}，超{late}天][{armed!}，未计时]"
    told = [fill(words, facts) for facts in ({"late": 2, "armed": True}, {"late": 0, "armed": False})]
    assert told == ["完成，超2天", "完成，未计时"]


def test_a_refusal_lists_everything_that_is_missing() -> None:
    refusals = Refusals(
        "2023-27",
        "close",
        (
            Unmet("wrong_state", {"state": "planned", "sources": ["verified"]}, "first_reach_state"),
            Unmet("measures_open", {"measures": [1, 3]}, "finish_measures", ("owner",)),
            Unmet("date_in_future", {"day": "2026-10-19"}, earliest=date(2026, 10, 19)),
        ),
    )
    assert refusal_lines(refusals) == [
        "2023-27 现在不能办理“申请销号”，还差：",
        "1. 现在的状态是“已定方案”，要在“已核验”时才能办理。请先办完前面的步骤。",
        "2. 措施1、3还没有完成。请先逐条报完成。（可找：责任领导）",
        "3. 日期2026年10月19日还没有到。（2026年10月19日起可以）",
    ]


def test_two_keys_with_one_label_are_named_once() -> None:
    """The owner of a milestone may be the office itself."""
    names = {"post:owner": "办公室"}
    assert "由办公室办理" == fill("由{by:post}办理", {"by": ["owner", "office"]}, names)


def test_a_stake_is_told_as_what_it_is() -> None:
    """Of somebody whose post owns the case nobody says that they did anything."""
    by_post = Unmet("four_eyes", {"move": "verify", "owning": ["secretary"], "is_involved": False})
    by_hand = Unmet("four_eyes", {"move": "verify", "owning": [], "is_involved": True})
    assert "这件事由您任职的岗位（书记）负责，本岗位的人都不能决定。" == unmet_sentence(by_post)
    assert "您负责过、办过这件事或代人办过，不能再由您决定。" == unmet_sentence(by_hand)


def test_the_organisations_own_names_go_before_the_usual_ones() -> None:
    refusals = Refusals(
        "2023-4", "verify", (Unmet("wrong_role", {"roles": ["secretary"]}, "", ("secretary",)),)
    )
    assert refusal_lines(refusals, {"post:secretary": "总支书记"})[1] == (
        "1. 您不是这一步的办理人，应由总支书记办理。（可找：总支书记）"
    )


def test_an_unknown_requirement_is_still_listed() -> None:
    assert refusal_lines(Refusals("2023-4", "fly", (Unmet("no_wings"),)))[1].startswith(
        "1. 没有办成（no_wings）"
    )


def test_a_problem_names_file_line_and_the_right_word() -> None:
    problem = Problem("unknown_state", "rectification.yaml", 12, {"word": "plnned", "nearest": "planned"})
    assert (
        problem_line(problem)
        == "rectification.yaml:12: 没有“plnned”这个状态，请改正。您是不是想写“planned”？"
    )


def test_a_problem_of_a_whole_file_has_no_line() -> None:
    assert problem_line(Problem("yaml_empty", "a.yaml")) == "a.yaml: 文件是空的，请补上内容。"


def test_what_does_not_agree_in_a_report_is_told_with_its_line() -> None:
    assert reconciliation_line("total_differs", {"stated": 33, "parsed": 32}, 9) == (
        "第9行：写明共33个问题，读到32个。"
    )


def test_sentences_need_neither_templates_nor_models() -> None:
    program = (
        "import sys; from engine.text.sentences import sentence; from engine.text.words import help_text;"
        "sentence('database_locked', {}); help_text('program');"
        "print([name for name in ('jinja2', 'pydantic', 'sqlalchemy') if name in sys.modules])"
    )
    told = run([sys.executable, "-c", program], capture_output=True, text=True, check=True, encoding="utf-8")
    assert told.stdout.strip() == "[]"
