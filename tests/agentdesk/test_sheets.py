"""The same rows as CSV, Excel and PDF, read back by other programs."""

import csv
import io

import pytest
from openpyxl import load_workbook

from agentdesk.sheets.files import written
from agentdesk.sheets.sheet import Cell, Sheet
from agentdesk.sheets.text import aligned, wrapped

ROWS: list[list[Cell]] = [["=1+1", "李娜", 12, 0.25], ["@x", "-3 分", None, 1.0], ["\x07bell", "<b>&", -3, 99.5]]
SHEET = Sheet("质检/月报", ("a", "b", "c", "d"), ("编号", "姓名", "数", "率"), ROWS, ("率：扣分 ÷ 通话",))


def test_csv_has_codes_as_heading_and_no_formula() -> None:
    body = written(SHEET, "csv")
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows == [["a", "b", "c", "d"], ["'=1+1", "李娜", "12", "0.25"], ["'@x", "'-3 分", "", "1.0"],
                    ["\x07bell", "<b>&", "-3", "99.5"]]  # fmt: skip


def test_excel_keeps_numbers_as_numbers_and_texts_as_texts() -> None:
    page = load_workbook(io.BytesIO(written(SHEET, "xlsx"))).active
    assert page is not None
    assert [cell.value for cell in page[1]] == ["编号", "姓名", "数", "率"]
    assert [[cell.value for cell in row] for row in page.iter_rows(2, 4)] == [
        ["=1+1", "李娜", 12, 0.25], ["@x", "-3 分", None, 1.0], ["bell", "<b>&", -3, 99.5],
    ]  # fmt: skip
    assert page["A2"].data_type == "s"
    assert page["A2"].quotePrefix
    assert page["A6"].value == "率：扣分 ÷ 通话"


def test_plain_text_stands_in_columns_also_in_chinese_and_long_heads_go_on_in_the_next_line() -> None:
    rows = [["信用卡", "12", "0:07"], ["loans", "3", "–"], ["合计", "15", "0:07"]]
    assert aligned(["队列", "Calls", "Average speed of answer"], rows, ruled=True).splitlines() == [
        "                Average",
        "               speed of",
        "队列    Calls    answer",
        "-----------------------",
        "信用卡     12      0:07",
        "loans       3         –",
        "-----------------------",
        "合计       15      0:07",
    ]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("服务水平", 4, ["服务", "水平"]),
        ("mean wait (ASA)", 9, ["mean wait", "(ASA)"]),
        ("uninterrupted", 5, ["uninterrupted"]),
    ],
)
def test_heads_are_parted_between_words_and_between_characters(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


def test_pdf_is_one_with_many_rows_over_many_pages() -> None:
    many = Sheet("月报", SHEET.head, SHEET.titles, ROWS * 60, SHEET.notes)
    body = written(many, "pdf")
    assert body.startswith(b"%PDF-")
    assert body.count(b"/Type /Page\n") + body.count(b"/Type /Page ") > 2
    assert b"STSong-Light" in body


def test_a_sheet_without_rows_is_a_heading() -> None:
    empty = Sheet("空", SHEET.head, SHEET.titles, [])
    assert written(empty, "csv").decode("utf-8-sig") == "a,b,c,d\r\n"
    for kind in ("xlsx", "pdf"):
        assert written(empty, kind)
