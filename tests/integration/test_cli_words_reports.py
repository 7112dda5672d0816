"""What a report shows in words before and after it is imported: enough to hold it against the paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.cli import CommandLine, new_home
from tests.kit.reports import TEXT


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


def written(folder: Path, *changes: tuple[str, str]) -> str:
    """The report of the home with each (old, new) changed, as a file."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "next.txt"
    path.write_text(text, encoding="utf-8")
    return str(path)


def previewed(cli: CommandLine, file: str) -> list[str]:
    said = cli("import", file, "--dry-run")
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


def test_a_preview_has_a_line_for_every_issue(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "empty")
    cli("init")
    shown = previewed(cli, written(tmp_path))
    assert [line for line in shown if line.startswith("  ")] == [
        "  1. 学习次数少｜材料写“整改完成”｜措施2条｜成果：计划1份",
        "  2. 党课不落实｜材料写“正在整改”｜措施2条｜成果：教案2份",
        "  3. 库存没有盘点｜材料写“整改完成”｜措施1条｜成果：没有写明是什么（份数未写明）",
    ]


def test_a_preview_ends_with_how_to_import_exactly_it(cli: CommandLine, tmp_path: Path) -> None:
    file = written(tmp_path, ("每季度盘点库存", "每月盘点库存"))
    *_, seen, saved = previewed(cli, file)
    assert saved == "以上只是试算，没有保存。"
    digest = seen.rpartition(" ")[2]
    assert seen == f"核对无误后去掉 --dry-run 再导入；要保证存的就是这次预览的，导入时再加上 --seen {digest}"
    other = cli("import", file, "--seen", "another", "--json")
    assert other.data["error"]["code"] == "preview_stale"
    assert cli("import", file, "--seen", digest).code == 0


def test_a_preview_says_what_changes_from_what_to_what(cli: CommandLine, tmp_path: Path) -> None:
    shown = previewed(
        cli,
        written(
            tmp_path,
            ("每季度盘点库存", "每月盘点库存"),
            ("没有教案。（正在整改）", "没有教案。（整改完成）"),
            ("共有二个方面3个问题", "共有二个方面4个问题"),
        ),
    )
    at = shown.index("第3项（2026-3）将更新：")
    assert shown[at + 1] == "  整改措施：每季度盘点库存 → 每月盘点库存"
    at = shown.index("第2项（2026-2）将更新：")
    assert shown[at + 1] == "  材料自述：正在整改 → 整改完成"
    at = shown.index("巡察 2026：")
    assert shown[at + 1] == "  问题总数：3 → 4（保留原样：人工改过）"


def test_a_preview_says_why_something_stays(cli: CommandLine, tmp_path: Path) -> None:
    assert cli("issue", "edit", "2026-1", "--title", "学习太少").code == 0
    shown = previewed(cli, written(tmp_path, ("账实不符", "账实多年不符")))
    at = shown.index("第1项（2026-1）与材料不同，保留原样：")
    assert shown[at + 1] == "  标题：学习太少 → 学习次数少（保留原样：人工改过）"


def test_a_long_difference_is_cut_to_the_place_where_it_lies(cli: CommandLine, tmp_path: Path) -> None:
    long = "账实不符，" + "查了又查，" * 30
    assert cli("issue", "edit", "2026-3", "--problem", f"库存没有盘点。{long}还是不符。").code == 0
    shown = previewed(cli, written(tmp_path, ("账实不符。", f"{long}终于相符。")))
    (line,) = [row for row in shown if row.startswith("  问题：")]
    assert (
        line
        == "  问题：…查了又查，查了又查，还是不符。 → …查了又查，查了又查，终于相符。（保留原样：人工改过）"
    )


def test_a_file_that_is_too_large_is_told_the_limit(cli: CommandLine, tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(20 * 1024 * 1024 + 1)
    said = cli("import", str(big))
    assert (said.code, said.sentences) == (
        5,
        ["文件 big.txt 太大（最大20MB），请去掉无关内容或分成几个文件再导入。"],
    )
