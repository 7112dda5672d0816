"""A plain table becomes cases of a kind: all rows or none, again harmless, hostile files refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.documents.csv_table import read_table
from engine.errors import BadInput
from tests.kit.cli import CommandLine, Said

HEAD = "标题,问题类型,问题金额,应追回金额,责任领导,整改措施"
GOOD = f"{HEAD}\n多付印刷费,支出报销,3.5万元,35000,办公室,追回；查账\n食堂账缺票,spending,2000,0,李四,补票\n"
BAD = f"{HEAD},备住\n多付印刷费,支出报消,两千,0,,\n,支出报销,1,1,,\n"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    cli = CommandLine(tmp_path / "home")
    assert cli("init", "--demo", "--name", "示例小学").code == 0
    assert cli("people", "add", "赵四", "--post", "office").code == 0
    return cli


def table(cli: CommandLine, data: bytes, *more: str) -> Said:
    path = cli.home.parent / "findings.csv"
    path.write_bytes(data)
    return cli("import", str(path), "--workflow", "audit_finding", "--json", *more)


def encoded(text: str) -> list[bytes]:
    return [
        text.encode("utf-8"),
        text.encode("utf-8-sig"),
        text.replace(",", ";").encode("gb18030"),
        text.replace(",", "\t").replace("\n", "\r\n").encode("utf-8"),
    ]


def test_each_row_becomes_a_case_once_in_whatever_shape_it_comes(cli: CommandLine) -> None:
    counts = [table(cli, data).data["counts"] for data in encoded(GOOD)]
    assert [(row["new"], row["same"]) for row in counts] == [(2, 0), (0, 2), (0, 2), (0, 2)]
    rows = cli("issues", "--json").data["issues"]
    assert [(row["case"][-2:], row["title"], row["values"]["amount"], row["measures"]) for row in rows] == [
        ("-1", "多付印刷费", 35000, 2),
        ("-2", "食堂账缺票", 2000, 1),
    ]


def test_a_dry_run_shows_the_rows_and_keeps_nothing(cli: CommandLine) -> None:
    said = table(cli, GOOD.encode(), "--dry-run")
    shown = [(row["row"], row["values"]["type"], row["unresolved"]) for row in said.data["rows"]]
    assert (said.code, shown) == (0, [(2, "spending", []), (3, "spending", ["李四"])])
    assert cli("issues", "--json").data["issues"] == []


def test_everything_wrong_is_told_at_once_and_no_row_is_kept(cli: CommandLine) -> None:
    said = table(cli, (BAD + "账外收费,支出报销,1,1,,\n").encode())
    wrong = [(row["row"], row["column"], row["code"]) for row in said.data["wrong"]]
    assert (said.code, wrong) == (
        5,
        [
            (1, "备住", "column_unknown"),
            (2, "问题类型", "field_not_a_choice"),
            (2, "问题金额", "field_not_money"),
            (3, None, "row_without_title"),
        ],
    )
    assert said.data["wrong"][1]["facts"]["nearest"] == "支出报销"
    assert cli("issues", "--json").data["issues"] == []


def test_rows_of_a_round_keep_their_numbers(cli: CommandLine) -> None:
    assert cli("inspection", "add", "--feedback", "2020-03-02", "--workflow", "audit_finding").code == 0
    data = "序号,标题,问题类型,问题金额,应追回金额\n7,甲,其他,1,1\n,乙,其他,1,1\n".encode()
    first = table(cli, data, "--inspection", "2020").data
    again = table(cli, data, "--inspection", "2020").data
    assert (first["opened"], again["opened"]) == (["2020-7", "2020-8"], [])
    other = table(cli, data.replace("甲".encode(), "丙".encode()), "--inspection", "2020").data
    assert other["counts"] == {"new": 0, "same": 1, "kept": 1, "wrong": 0}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (HEAD.encode(), "table_without_rows"),
        (b"," * 1_000_000 + b"\n1\n", "table_too_large"),
        (b"a,b\n\x00\x00,1\n", "file_binary"),
        (b'a,b\n"' + b"x" * 5_000_000 + b'",1\n', "table_broken"),
        (b"a,b\n" + b"x" * 30_000 + b",1\n", "table_too_large"),
        (b"a\n" + b"1\n" * 2001, "table_too_large"),
        (b"x" * (20 * 1024 * 1024 + 1), "file_too_large"),
    ],
)
def test_a_hostile_file_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(BadInput) as error:
        read_table(data, "findings.csv")
    assert error.value.code == code


def test_only_rows_with_words_below_the_header_are_counted() -> None:
    table = read_table(b"\na,b\n,\n" + b"1\n" * 2000 + b",\n\n", "findings.csv")
    assert (len(table.rows), table.rows[-1].number) == (2000, 2003)
