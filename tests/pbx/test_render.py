"""Asterisk's files as rendered from the shipped templates."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from core.errors import BadInput
from core.settings import ROOT
from core.site import Trunk
from pbx.modules import REQUIRED
from pbx.render import AsteriskSettings, Phone, Places, Ports, render, shown

TEMPLATES = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "config/asterisk").glob("*.j2")}
HERE = Path("/srv/hl")
SETTINGS = AsteriskSettings(
    system_name="n1",
    sip_host="127.0.0.1",
    ports=Ports(sip=5070, ami=25038, http=25088, rtp_first=12000, rtp_last=13999),
    places=Places(
        etc=HERE / "etc", modules=Path("/usr/lib/asterisk/modules"), data=HERE / "data", sounds=HERE / "sounds",
        var=HERE / "var", spool=HERE / "spool", run=HERE / "run", log=HERE / "log", music=Path("/srv/music"),
    ),
    ami_secret="0123456789abcdef",
    modules=(*REQUIRED, "codec_opus"),
    numbers=("95566", "+864008895566"),
    trunks=(Trunk(name="trunk", match="127.0.0.1"), Trunk(name="carrier", match="203.0.113.0/24")),
    phones=(Phone("phone-8001", "secret-8001", "王芳"), Phone("phone-8101", "secret-8101", "Li", webrtc=True)),
    open_files=4096,
)  # fmt: skip


def contexts(text: str) -> dict[str, list[str]]:
    parts = re.split(r"^\[([^\]]+)\]$", re.sub(r"(?m)^;.*$", "", text), flags=re.M)[1:]
    return {name: body.strip().splitlines() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def section(text: str, header: str, having: str) -> dict[str, str]:
    """The values of the section with this header line that holds the line `having`."""
    for part in re.split(r"(?m)^(?=\[)", text):
        lines = part.strip().splitlines()
        if lines and lines[0] == header and having in lines:
            return {key: value for key, _, value in (line.partition(" = ") for line in lines[1:]) if value}
    raise AssertionError(f"no {header} with {having}")


def test_every_template_becomes_a_file_with_nothing_left_to_fill_in() -> None:
    files = render(SETTINGS, TEMPLATES)
    assert {"asterisk.conf", "modules.conf", "manager.conf", "pjsip.conf", "extensions.conf"} <= set(files)
    assert all("{{" not in text and "{%" not in text for text in files.values())


def test_caller_waits_longer_for_telephones_that_cannot_be_reached_than_for_nobody() -> None:
    lines = contexts(render(SETTINGS, TEMPLATES)["extensions.conf"])["fallback"]
    steps = [line.partition("n,")[2] or line.partition("),")[2] for line in lines]
    looked = steps.index("Set(STAFF=${QUEUE_MEMBER(fallback,count)})")
    assert steps[looked - 1] == "Set(TRIES=$[${TRIES} + 1])"
    assert "${TRIES} > ${IF($[${STAFF} > 0]?12:3)}" in steps[looked + 1]
    assert steps[looked + 2] == "GotoIf($[${STAFF} = 0 | ${TRIES} % 4 != 2]?music)"
    assert all("/fallback/patience-" in step for step in steps[looked + 3 : looked + 5])
    assert steps[looked + 5] == "MusicOnHold(default,15)"


def test_address_behind_a_router_is_told_to_carriers_and_not_to_the_house() -> None:
    told = section(
        render(replace(SETTINGS, external="203.0.113.9"), TEMPLATES)["pjsip.conf"], "[udp]", "type = transport"
    )
    assert (told["external_media_address"], told["external_signaling_address"]) == ("203.0.113.9", "203.0.113.9")
    assert "external_media_address" not in render(SETTINGS, TEMPLATES)["pjsip.conf"]
    with pytest.raises(BadInput, match="'router' is no IP address"):
        render(replace(SETTINGS, external="router"), TEMPLATES)


def test_exactly_the_listed_modules_are_loaded() -> None:
    text = render(SETTINGS, TEMPLATES)["modules.conf"]
    assert "autoload = no" in text
    assert re.findall(r"load = (\w+)\.so", text) == list(SETTINGS.modules)


def test_only_the_sites_numbers_are_answered_on_the_trunk() -> None:
    trunk = contexts(render(SETTINGS, TEMPLATES)["extensions.conf"])["trunk"]
    assert [line.split(",")[0] for line in trunk if line.startswith("exten")] == [
        "exten => 95566",
        "exten => +864008895566",
    ]


def test_no_context_matches_everything() -> None:
    for name, lines in contexts(render(SETTINGS, TEMPLATES)["extensions.conf"]).items():
        assert not [line for line in lines if re.match(r"exten => _[.!]", line)], name


def test_phones_reach_nothing_but_codes_and_a_refusal() -> None:
    lines = contexts(render(SETTINGS, TEMPLATES)["extensions.conf"])["phones"]
    digits = [f"exten => _{'X' * length}" for length in range(2, 41)]
    assert [line.split(",")[0] for line in lines if line.startswith("exten")] == ["exten => _*X", *digits]
    assert not re.findall(r"Dial|Bridge|Queue|Originate", "\n".join(lines))


def test_management_and_browser_ports_listen_on_loopback_only() -> None:
    files = render(replace(SETTINGS, sip_host="0.0.0.0"), TEMPLATES)
    assert "bindaddr = 127.0.0.1\nport = 25038" in files["manager.conf"]
    assert "bindaddr = 127.0.0.1\nbindport = 25088" in files["http.conf"]


def test_trunk_is_known_by_its_address_and_may_not_transfer() -> None:
    text = render(SETTINGS, TEMPLATES)["pjsip.conf"]
    assert section(text, "[carrier]", "type = identify")["match"] == "203.0.113.0/24"
    assert "[carrier](line)" in text
    line, phone = section(text, "[line](!)", "type = endpoint"), section(text, "[phone](!)", "type = endpoint")
    assert line["allow_transfer"] == "no"
    assert (line["identify_by"], phone["identify_by"]) == ("ip", "username")


def test_no_word_of_a_caller_becomes_the_number_of_his_leg_before_the_dial_plan_has_cleaned_it() -> None:
    files = render(SETTINGS, TEMPLATES)
    line = section(files["pjsip.conf"], "[line](!)", "type = endpoint")
    assert (line["callerid"], line["trust_id_inbound"]) == ("<anonymous>", "no")
    plan = contexts(files["extensions.conf"])
    assert [step for step in plan["trunk"] if "Goto" in step] == [" same => n,Goto(centre-caller,s,1)"] * 2
    set_from = [step for steps in plan.values() for step in steps if "CALLERID(" in step and "Set(CALLERID" in step]
    assert set_from == [" same => n,Set(CALLERID(num)=${SAID:0:40})"]


def test_only_phones_that_can_answer_are_asked_whether_they_are_there() -> None:
    phones = (Phone("phone-1", "12345678", "a"), Phone("phone-2", "12345678", "b", probed=True), SETTINGS.phones[1])
    text = render(replace(SETTINGS, phones=phones), TEMPLATES)["pjsip.conf"]
    asked = re.findall(r"\[(phone-\d+)\]\(place\)\nqualify_frequency", text)
    assert asked == ["phone-2", "phone-8101"]


def test_sound_address_is_given_only_when_sip_listens_on_one_address() -> None:
    one = render(SETTINGS, TEMPLATES)["pjsip.conf"]
    every = render(replace(SETTINGS, sip_host="0.0.0.0"), TEMPLATES)["pjsip.conf"]
    assert "media_address = 127.0.0.1" in one
    assert "media_address" not in every


def test_opus_is_offered_only_when_it_is_loaded() -> None:
    assert "allow = opus,alaw,ulaw" in render(SETTINGS, TEMPLATES)["pjsip.conf"]
    assert "opus" not in render(replace(SETTINGS, modules=REQUIRED), TEMPLATES)["pjsip.conf"]


@pytest.mark.parametrize("name", ["王芳", "O'Neill", "Ann (day)"])
def test_ordinary_names_are_shown_as_they_are(name: str) -> None:
    assert shown(name) == name


def test_name_cannot_bring_in_configuration() -> None:
    sly = Phone("phone-8001", "secret-8001", 'x\ncontext = trunk\n[evil] ; "quoted" <1>')
    text = render(replace(SETTINGS, phones=(sly,)), TEMPLATES)["pjsip.conf"]
    assert "callerid = x context = trunk evil quoted 1 <phone-8001>" in text
    assert "[evil]" not in text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"numbers": ("_X.",)}, "telephone number '_X.'"),
        ({"numbers": ("95566\nexten => _.",)}, "telephone number"),
        ({"phones": (Phone("8001", "secret-8001", "a"),)}, "phone '8001' cannot be used: use a name like phone-8001"),
        ({"phones": (Phone("phone-1", "short", "a"),)}, "the secret of phone phone-1"),
        ({"phones": (Phone("phone-1", "12345678\npermit=all", "a"),)}, "the secret of phone phone-1"),
        ({"phones": (Phone("phone-1", "12345678", "a"), Phone("phone-1", "12345679", "b"))}, "two lines or phones"),
        ({"trunks": (Trunk(name="phone", match="127.0.0.1"),)}, "two lines or phones are called 'phone'"),
        ({"trunks": (Trunk(name="t", match="sip.example"),)}, "'sip.example' is no IP address"),
        ({"sip_host": "localhost"}, "SIP address 'localhost'"),
        ({"system_name": "a b"}, "system name"),
    ],
)
def test_value_that_would_break_the_configuration_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=re.escape(told)):
        render(replace(SETTINGS, **change), TEMPLATES)  # type: ignore[arg-type]  # one field each, of its type


def test_refused_secret_is_not_shown() -> None:
    with pytest.raises(BadInput) as refused:
        render(replace(SETTINGS, phones=(Phone("phone-1", "hush me", "a"),)), TEMPLATES)
    assert "hush me" not in str(refused.value)


def test_template_with_an_unknown_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render(SETTINGS, {"x.conf.j2": "{{ nothing }}"})
