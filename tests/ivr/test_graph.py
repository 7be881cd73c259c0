"""The flow as a graph and as a drawing: nothing left out, nothing off the page."""

from itertools import pairwise
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

from ivr import graph, layout
from ivr.draw import draw
from ivr.drawwords import KINDS
from ivr.layout import Seat
from ivr.schema.flow import AnyStep
from tests.ivr.material import SERVICE, shipped, write_menu

SVG = "{http://www.w3.org/2000/svg}"


def test_ways_that_no_line_names_are_there_too(tmp_path: Path) -> None:
    flow = write_menu(tmp_path, SERVICE).flow
    found = {(way.source, way.label, way.target) for name in flow.steps for way in graph.ways(flow, name)}
    assert {
        ("main", "0", "person"), ("card", "silence", "person"), ("detour", "start", "noted"), ("turn", "return", "bye"),
        ("rated", "x < 3", "person"), ("pin", "verified", "balance"),
    } <= found  # fmt: skip
    assert ("detour", "next", "bye") not in found


def test_every_step_is_drawn_once_on_the_page_and_no_two_on_top_of_each_other() -> None:
    menu = shipped()
    tree = ElementTree.fromstring(draw(menu, "zh"))
    width, height = float(tree.get("width", "0")), float(tree.get("height", "0"))
    boxes = [each for each in tree.iter(f"{SVG}rect") if each.get("rx")]
    places = {(float(each.get("x", "0")), float(each.get("y", "0"))) for each in boxes}
    assert len(places) == len(boxes) == len(menu.flow.steps)
    assert all(0 <= x <= width - 200 and 0 <= y <= height - 58 for x, y in places)
    columns = {x: sorted(y for other, y in places if other == x) for x, _ in places}
    assert all(low + 58 < high for column in columns.values() for low, high in pairwise(column))


def test_drawing_of_the_shipped_flow_is_as_wide_as_an_office_screen_and_steps_stand_near_what_leads_to_them() -> None:
    menu = shipped()
    assert float(ElementTree.fromstring(draw(menu, "zh")).get("width", "0")) <= 1366
    places = layout.seats(menu.flow)
    assert next(iter(places)) == menu.flow.start
    assert (places["cards"], places["branches"]) == (Seat(1, "main", False), Seat(2, "cards", False))
    assert places["premium"] == Seat(1, "by-tier", True)
    assert list(places).index("closed") > list(places).index("main"), "who is not taken stands aside"


def test_sub_step_is_drawn_with_where_it_goes_on(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SERVICE)
    assert [(way.label, way.target) for way in layout.ways(menu.flow, "detour")] == [
        ("start", "noted"),
        ("then", "bye"),
    ]
    assert layout.seats(menu.flow)["noted"] == Seat(1, "detour", True)


def test_drawing_speaks_the_language_of_its_reader_whatever_the_prompts_are_in(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SERVICE)
    drawn = {reader: draw(menu, "en", reader=reader) for reader in ("zh", "en")}
    for chinese, english in (
        ("未按键", "silence"), ("之后", "then"), ("值 &lt; 3", "x &lt; 3"), ("排队", "queue"), ("按键菜单", "menu"),
    ):  # fmt: skip
        assert (f">{chinese}<" in drawn["zh"], f">{english}<" in drawn["zh"]) == (True, False)
        assert (f">{chinese}<" in drawn["en"], f">{english}<" in drawn["en"]) == (False, True)
    every_kind = {str(get_args(kind.model_fields["kind"].annotation)[0]) for kind in get_args(get_args(AnyStep)[0])}
    assert every_kind == KINDS["zh"].keys()
