"""Settings as forms: fields from the models, what stands in them, what people do, and the page on which they do it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from accounts import published
from agentdesk.forms import faults, steps
from agentdesk.forms.fields import Field, Kind, form_of
from agentdesk.forms.models import MODELS
from agentdesk.forms.saying import SAYINGS
from agentdesk.forms.steps import Draft
from agentdesk.forms.values import taken
from agentdesk.forms.view import Drawn, Reader, drawn, spot
from app.settings import SETTINGS
from core import places, yamledit, yamlfile
from core.settings import ROOT
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_quality import OURS

QUEUES = (ROOT / "config/queues.yaml").read_text(encoding="utf-8")
READER = Reader("zh", ("zh", "en"), str, {})


def _content(name: str) -> Any:
    path = ROOT / "config" / f"{name}.yaml"
    return yamlfile.parse(path.read_text(encoding="utf-8"), path)


def _fields(field: Field) -> Iterator[str]:
    """As the sayings name them: by model and field."""
    for each in field.fields:
        yield each.name
        yield from _fields(each)


def _sent(parts: list[Drawn]) -> dict[str, list[str]]:
    """What a browser sends of a form in which nothing was touched."""
    sent: dict[str, list[str]] = {}
    for each in parts:
        place, value = each.place, each.value
        match each.field.kind:
            case Kind.RECORD | Kind.WEEK:
                sent |= _sent(list(each.parts))
                if each.field.optional:
                    sent[f"{place}#on"] = ["", "yes"] if each.on else [""]
            case Kind.TABLE:
                sent |= {f"{place}#keys": [key for key, _ in value], f"{place}#values": [text for _, text in value]}
            case Kind.HOURS:
                sent |= {f"{place}#from": [one for one, _ in value], f"{place}#to": [two for _, two in value]}
            case Kind.WORDS:
                sent |= {f"{place}/{language}": [text] for language, text in value.items()}
            case Kind.YES:
                sent[place] = ["", "yes"] if value else [""]
            case Kind.TICKS:
                sent[place] = ["", *value]
            case Kind.LINES:
                sent[place] = ["\r\n".join(value)]
            case Kind.ENTRIES:
                pass
            case _:
                sent[place] = [value]
    return sent


def test_every_field_that_a_setting_may_have_has_words_and_no_words_are_left_over() -> None:
    assert set(MODELS) == {each.name for each in SETTINGS}
    named = {name for model in MODELS.values() for name in _fields(form_of(model))}
    assert named == {each.partition(".")[2] for each in SAYINGS}
    titles = {one.say.title for model in MODELS.values() for one in _all(form_of(model)) if one.name}
    assert titles == {each.title for each in SAYINGS.values()}


def _all(field: Field) -> Iterator[Field]:
    yield field
    for each in field.fields:
        yield from _all(each)


def _records(form: Field, content: Any, at: str = "") -> Iterator[str]:
    """Every place of the content that has a form."""
    where = spot(form, at)
    assert where is not None
    yield at
    for each in (one for one in where.fields if one.kind is Kind.ENTRIES):
        held = places.at(content, at).get(each.name, {})
        for key in places.keys(held):
            yield from _records(form, content, f"{at}{places.written(each.name, key)}")


@pytest.mark.parametrize("name", MODELS)
def test_a_form_in_which_nothing_was_touched_changes_nothing(name: str) -> None:
    form, content = form_of(MODELS[name]), _content(name)
    for at in _records(form, content):
        where = spot(form, at)
        assert where is not None
        known = places.at(content, at)
        assert repr(taken(where.fields, _sent(drawn(where.fields, known, at, READER)), at, known)) == repr(known)


def _given(**other: list[str]) -> Mapping[str, list[str]]:
    """The form of the queue cards, with some fields filled in otherwise: `__` stands for what divides a place."""
    form = form_of(MODELS["queues"])
    where = spot(form, "/queues/cards")
    assert where is not None
    sent = _sent(drawn(where.fields, _content("queues")["queues"]["cards"], where.at, READER))
    changed = {f"/queues/cards/{name.replace('__', '/').replace('_on', '#on')}": text for name, text in other.items()}
    return {**sent, steps.KEY: ["cards"], **changed}


@pytest.mark.parametrize(
    ("other", "place", "says"),
    [
        ({"ring_seconds": ["20"]}, "ring_seconds", 20),
        ({"ring_seconds": ["soon"]}, "ring_seconds", "soon"),
        ({"identity_required": ["", "yes"]}, "identity_required", True),
        ({"name__zh": ["卡"]}, "name", {"zh": "卡", "en": "Credit cards"}),
        ({"entry__hours": ["business"]}, "entry", {"hours": "business"}),
        ({"last_agent_on": ["", "yes"]}, "last_agent", {}),
        ({"overflow_on": ["", "yes"], "overflow__after": ["60"], "overflow__to": ["general"]}, "overflow",
         {"after": 60, "to": "general"}),
    ],
)  # fmt: skip
def test_what_is_filled_in_is_written_down_alone(other: dict[str, list[str]], place: str, says: Any) -> None:
    content = _content("queues")
    made = steps.filled_in(form_of(MODELS["queues"]), Draft(content, "/queues/cards"), _given(**other)).content
    assert made == places.put(content, f"/queues/cards/{place}", says)


def test_what_is_emptied_or_switched_off_is_taken_out() -> None:
    content = _content("queues")
    sent = _given(announce_on=[""], wrap_up_extra=[""])
    made = steps.filled_in(form_of(MODELS["queues"]), Draft(content, "/queues/cards"), sent).content
    assert made == places.without(places.without(content, "/queues/cards/announce"), "/queues/cards/wrap_up_extra")


def test_hours_of_a_week_are_spans_closed_or_all_day() -> None:
    form, at = form_of(MODELS["hours"]), "/schedules/business"
    where = spot(form, at)
    assert where is not None
    known = _content("hours")["schedules"]["business"]
    sent = _sent(drawn(where.fields, known, at, READER))
    sent |= {f"{at}/weekly/mon#from": ["00:00", ""], f"{at}/weekly/mon#to": ["24:00", ""]}
    sent |= {f"{at}/weekly/tue#from": ["", ""], f"{at}/weekly/tue#to": ["", ""]}
    sent |= {f"{at}/weekly/sat#from": ["09:00", "13:00"], f"{at}/weekly/sat#to": ["12:00", "25:00"]}
    sent |= {f"{at}/special_days#keys": ["2026-12-31"], f"{at}/special_days#values": ["09:00-12:00"]}
    made = taken(where.fields, sent, at, known)
    weekly = {**known["weekly"], "mon": "open", "tue": "closed", "sat": ["09:00-12:00", "13:00-25:00"]}
    assert made["weekly"] == weekly
    assert [(day.isoformat(), told) for day, told in made["special_days"].items()] == [("2026-12-31", ["09:00-12:00"])]
    told = faults.of_model(MODELS["hours"], places.put(_content("hours"), at, made))
    assert [each.place for each in told] == [f"{at}/weekly/sat"]


@pytest.mark.parametrize(
    ("do", "target", "names", "at"),
    [
        (
            "copy",
            "/queues/cards",
            ["general", "cards", "cards-2", "loans", "lost-card", "complaints"],
            "/queues/cards-2",
        ),
        ("remove", "/queues/cards", ["general", "loans", "lost-card", "complaints"], ""),
        ("up", "/queues/loans", ["general", "loans", "cards", "lost-card", "complaints"], ""),
        ("down", "/queues/complaints", ["general", "cards", "loans", "lost-card", "complaints"], ""),
        ("add", "/queues", ["general", "cards", "loans", "lost-card", "complaints"], "/queues/-"),
        ("open", "/queues/gone", ["general", "cards", "loans", "lost-card", "complaints"], ""),
    ],
)
def test_entries_are_copied_removed_and_moved(do: str, target: str, names: list[str], at: str) -> None:
    done = steps.stepped(form_of(MODELS["queues"]), Draft(_content("queues")), do, target)
    assert (list(done.content["queues"]), done.at) == (names, at)


def test_an_entry_needs_a_key_that_no_other_has() -> None:
    form, draft = form_of(MODELS["queues"]), Draft(_content("queues"), "/queues/-")
    filled = {"/queues/-/priority": ["5"]}
    assert steps.filled_in(form, draft, {**filled, steps.KEY: ["cards"]}).refusal == "key_taken"
    assert steps.filled_in(form, draft, {**filled, steps.KEY: [""]}).refusal == "key_missing"
    assert steps.filled_in(form, draft, {steps.KEY: [""]}).at == ""
    made = steps.filled_in(form, draft, {**filled, steps.KEY: ["new"]})
    assert (made.at, made.content["queues"]["new"]) == ("/queues/new", {"priority": 5})


def test_a_fault_that_is_known_by_its_line_is_told_at_the_field_of_that_line() -> None:
    retention = "default_days: 30\nqueues:\n  complaints: 60\n  praise: 90\n"
    with pytest.raises(Exception, match="praise") as caught:
        yamlfile.demand_known(
            "queue", [(("queues", "praise"), "praise")], ["general"], retention, Path("retention.yaml")
        )
    told = faults.of_check(caught.value, "retention.yaml", retention)  # type: ignore[arg-type]
    assert told is not None
    assert (told.place, told.words) == ("/queues/praise", "there is no queue 'praise'")
    assert yamlfile.place_at(yamlfile.outline(retention), 3) == ("queues", "complaints")


@pytest.fixture
async def admin(web: Visitor) -> Visitor:
    """The administrator's browser."""
    await enter(web, "admin")
    return web


async def _step(admin: Visitor, do: str, text: str = QUEUES, at: str = "", **fields: Any) -> Any:
    form = {"form": "1", "text": text, "at": at, "seen": "1", "do": do, **fields}
    return await admin.post("/settings/queues/form", data=form, headers=OURS)


async def test_a_queue_is_added_by_form_and_published_as_text_with_every_comment(admin: Visitor, house: House) -> None:
    new: dict[str, Any] = {"#key": "mortgages", "/queues/-/name/zh": "房贷", "/queues/-/skills#keys": ["loans", ""],
           "/queues/-/skills#values": ["2", ""], "/queues/-/entry/hours": "business"}  # fmt: skip
    answer = await _step(admin, "publish", at="/queues/-", reason="新业务", **new)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/queues")
    async with house.db.reading() as session:
        live = await published.live(session, "setting", "queues")
    assert live is not None
    entry = "  mortgages: {name: {zh: 房贷}, skills: {loans: 2}, entry: {hours: business}}\n"
    assert live.text == QUEUES.rstrip("\n") + "\n" + entry
    page = (await admin.get("/settings/queues")).text
    assert [words for words in ("mortgages", "房贷", "贷款 (loans) 2", "新业务") if words not in page] == []
    await admin.post("/settings/queues/back", data={"reason": "撤回"}, headers=OURS)
    assert "房贷" not in (await admin.get("/settings/queues/text")).text


async def test_what_is_wrong_is_told_at_its_field_in_the_readers_language_and_is_not_published(admin: Visitor) -> None:
    answer = await _step(admin, "publish", at="/queues/cards", reason="x",
                         **{"#key": "cards", "/queues/cards/ring_seconds": "2"})  # fmt: skip
    assert answer.status_code == 200
    field = answer.text.partition('name="/queues/cards/ring_seconds" value="2"')[2]
    assert 'aria-invalid="true"' in field.partition(">")[0]
    assert "不得小于 3" in field.partition("</div>")[0]
    assert "difference?before" not in (await admin.get("/settings/queues")).text


async def test_a_fault_elsewhere_in_the_setting_leads_to_its_form(admin: Visitor) -> None:
    text = yamledit.said(QUEUES, places.put(_content("queues"), "/queues/loans/overflow", {"after": 0, "to": "x"}),
                         Path("queues.yaml"))  # fmt: skip
    page = (await _step(admin, "check", text=text)).text
    assert 'value="open /queues/loans/overflow"' in page
    assert "something" not in page
    assert "有误" in page.partition("<code>loans</code>")[2].partition("</tr>")[0]


@pytest.mark.parametrize("do", ["open", "add", "copy", "remove", "up", "down"])
def test_a_step_leaves_the_content_that_it_begins_with_as_it_was(do: str) -> None:
    form, content = form_of(MODELS["queues"]), _content("queues")
    filled = _given(priority=["7"], name__zh=["x"])
    draft = steps.filled_in(form, Draft(content, "/queues/cards"), {**filled, steps.KEY: ["renamed"]})
    assert steps.stepped(form, draft, do, "/queues/loans").content["queues"]["renamed"]["priority"] == 7
    assert repr(content) == repr(_content("queues"))


async def test_text_and_form_are_two_views_of_one_draft(admin: Visitor) -> None:
    text = (await _step(admin, "text", at="/queues/cards", **{"#key": "credit", "/queues/cards/priority": "7"})).text
    assert [words for words in ("  credit:", "    priority: 7") if words not in text] == []
    broken = await admin.post("/settings/queues/form", data={"text": "queues: {", "do": "open"}, headers=OURS)
    assert [words for words in ('data-line="1"', "YAML") if words not in broken.text] == []


async def test_nothing_of_a_form_is_stored_before_it_is_published(admin: Visitor, house: House) -> None:
    answer = await _step(admin, "remove /queues/loans")
    assert "open /queues/loans" not in answer.text
    async with house.db.reading() as session:
        assert len(await published.history(session, "setting", "queues")) == 1


async def test_programs_change_a_setting_by_places_and_publish_the_text(admin: Visitor) -> None:
    told = (await admin.get("/api/settings/queues/form")).json()
    assert told["content"]["queues"]["cards"]["ring_seconds"] == 15
    queue = next(each for each in told["fields"] if each["name"] == "queues")
    assert [each["unit"] for each in queue["fields"] if each["name"] == "ring_seconds"] == ["seconds"]
    to = "/api/settings/queues/form"
    changes: list[dict[str, Any]] = [
        {"do": "copy", "at": "/queues/cards"}, {"do": "rename", "at": "/queues/cards-2", "value": "fraud"},
        {"do": "move", "at": "/queues/fraud", "value": -1}, {"do": "put", "at": "/queues/fraud/wrap_up", "value": 30},
    ]  # fmt: skip
    made = (await admin.post(to, json={"changes": changes}, headers=OURS)).json()
    assert (made["faults"], list(yamlfile.parse(made["text"], Path("x"))["queues"])[1]) == ([], "fraud")
    wrong = await admin.post(
        to, json={"changes": [{"do": "put", "at": "/queues/cards/wrap_up", "value": -1}]}, headers=OURS
    )
    assert [each["place"] for each in wrong.json()["faults"]] == ["/queues/cards/wrap_up"]
    gone = await admin.post(to, json={"changes": [{"do": "remove", "at": "/queues/nothing"}]}, headers=OURS)
    assert gone.status_code == 404
    body = {"text": made["text"], "reason": "x", "seen": told["version"]}
    assert (await admin.post("/api/settings/queues/publish", json=body, headers=OURS)).json()["number"] == 2
