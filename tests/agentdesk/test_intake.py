"""What programs and strangers may send: nobody's body is read before it is known who he is, and none without end."""

from collections.abc import AsyncIterator

import httpx
import pytest

from accounts.intake import FROM_STRANGERS, LARGEST
from accounts.models import ApiToken
from accounts.tokens import fingerprint
from tests.agentdesk.conftest import House, Visitor

AGENT, BOSS, ADMIN, LEADER = "li.na", "sun.li", "admin", "he.jing"
PIECE = 16_384


class Sender:
    """A body without a length that ends never, and how much of it was taken."""

    def __init__(self) -> None:
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.taken += PIECE
            yield b'"' + b"a" * (PIECE - 1) if self.taken == PIECE else b"a" * PIECE


def by(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}", "Content-Type": "application/json"}


@pytest.fixture
async def known(web: Visitor, house: House) -> Visitor:
    async with house.db.transaction() as tx:
        for login in (AGENT, BOSS, ADMIN, LEADER):
            tx.session.add(ApiToken(token_hash=fingerprint(login), login=login, created_at=0.0))
    return web


@pytest.mark.parametrize("path", ["/api/campaigns", "/api/quality/forms/zh-bank/drop", "/api/me/password"])
async def test_nothing_that_a_stranger_sends_is_read(known: Visitor, path: str) -> None:
    sender = Sender()
    method = "PUT" if path.endswith("password") else "POST"
    answer = await known.request(method, path, content=sender, headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.json(), sender.taken) == (401, {"detail": "请先登录"}, 0)


async def test_a_stranger_with_broken_json_is_asked_to_sign_in(known: Visitor) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await known.post("/api/campaigns", content="{", headers=headers)).status_code == 401


async def test_nothing_is_read_for_a_route_that_the_role_may_not_use(known: Visitor) -> None:
    sender = Sender()
    answer = await known.post("/api/campaigns", content=sender, headers=by(AGENT))
    assert (answer.status_code, sender.taken) == (403, 0)


async def test_a_page_leads_a_stranger_to_the_login_unread(known: Visitor) -> None:
    sender = Sender()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await known.post("/people/new", content=sender, headers=headers)
    assert (answer.status_code, answer.headers["location"], sender.taken) == (303, "/login?next=%2Fpeople%2Fnew", 0)


async def test_a_body_that_says_it_is_too_large_is_not_begun(known: Visitor) -> None:
    sender = Sender()
    headers = by(ADMIN) | {"Content-Length": str(LARGEST + 1)}
    answer = await known.post("/api/campaigns", content=sender, headers=headers)
    told = {"detail": f"发送的内容过大：此处最多接收 {LARGEST} 字节"}
    assert (answer.status_code, answer.json(), sender.taken) == (413, told, 0)


async def test_a_body_that_says_nothing_is_cut_off_where_it_is_too_large(known: Visitor) -> None:
    sender = Sender()
    answer = await known.post("/api/campaigns", content=sender, headers=by(ADMIN))
    assert (answer.status_code, LARGEST < sender.taken <= LARGEST + PIECE) == (413, True)


async def test_the_login_takes_little(known: Visitor) -> None:
    sender = Sender()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "zh"}
    answer = await known.post("/login", content=sender, headers=headers)
    assert (answer.status_code, sender.taken <= FROM_STRANGERS + PIECE) == (413, True)
    assert "发送的内容过大" in answer.text


async def test_files_may_be_larger_than_what_else_is_sent(known: Visitor) -> None:
    """Read to the end, to find no shift in it."""
    table = "agent,date,start,end,breaks\n" + "\n" * LARGEST
    sent = table.encode()
    read = await known.put("/api/shifts?apply=false", content=sent, headers=by(BOSS) | {"Content-Type": "text/csv"})
    other = await known.post("/api/campaigns", content=sent, headers=by(BOSS))
    assert [each.status_code for each in (read, other)] == [422, 413]


async def test_a_refused_body_leaves_the_route_usable(known: Visitor) -> None:
    await known.post("/api/campaigns", content=Sender(), headers=by(ADMIN))
    answer: httpx.Response = await known.get("/api/campaigns", headers=by(ADMIN))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/api/campaigns", rb'{"name": "\ud800"}'),
        ("POST", "/api/campaigns", b'{"name": Infinity}'),
        ("POST", "/api/campaigns", rb'{"name": "x", "\udfff": 1, "agents": {"\ud800": NaN}}'),
        ("PUT", "/api/quality/forms/zh-telecom/values", rb'{"values": {"\ud800": 1}, "seen": "\ud800"}'),
        ("PUT", "/api/shifts", b"\xff\xfea"),
        ("POST", "/api/campaigns/1/list", b"\xff\xfea"),
    ],
)
async def test_what_cannot_be_written_back_is_a_fault_like_any_other(
    known: Visitor, method: str, path: str, sent: bytes
) -> None:
    headers = by(BOSS) | ({} if sent.startswith(b"{") else {"Content-Type": "text/csv"})
    answer = await known.request(method, path, content=sent, headers=headers)
    assert answer.status_code == 422
    assert {tuple(sorted(each)) for each in answer.json()["detail"]} == {("loc", "msg", "type")}


async def test_a_fault_does_not_repeat_what_was_sent(known: Visitor) -> None:
    answer = await known.post("/api/campaigns", content=b'{"name": "' + b"a" * 1_000_000 + b'"}', headers=by(BOSS))
    assert (answer.status_code, len(answer.content) < 500) == (422, True)


@pytest.mark.parametrize(
    "address",
    ["/api/people?words=%00", "/api/people?role=a%00b", "/api/people/%00", "/api/campaigns?nothing%00=1",
     "/api/settings/a%00b?x=1"],
)  # fmt: skip
async def test_a_program_is_refused_an_address_with_a_nul_that_no_database_can_look_for(
    known: Visitor, address: str
) -> None:
    answer = await known.get(address, headers=by(ADMIN))
    assert (answer.status_code, answer.json()) == (400, {"detail": "此处不能有控制字符"})


@pytest.mark.parametrize("address", ["/people?words=%00", "/people/person/%00", "/login?next=%2F%00"])
async def test_a_page_asked_for_with_a_nul_says_so(known: Visitor, address: str) -> None:
    answer = await known.get(address, headers={"Accept-Language": "zh"})
    assert (answer.status_code, "此处不能有控制字符" in answer.text) == (400, True)


async def test_a_deed_on_something_with_a_nul_in_its_name_is_refused(known: Visitor) -> None:
    answer = await known.post("/api/campaigns/%00/end", headers=by(BOSS))
    assert answer.status_code == 400


@pytest.mark.parametrize("sent", [b"login=li.na%00", b"login=\0", b"login=li.na%0"])
async def test_a_form_with_a_nul_is_refused_wherever_it_is_cut_on_the_way(known: Visitor, sent: bytes) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield sent
        yield b"0&password=x"

    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "zh"}
    answer = await known.post("/login", content=pieces(), headers=headers)
    assert (answer.status_code, "此处不能有控制字符" in answer.text) == (400, True)


async def test_no_way_of_writing_a_form_brings_a_nul_in(known: Visitor) -> None:
    answers = [
        await known.post("/login", files={"login": (None, b"li.na\0"), "password": (None, b"x")}),
        await known.post("/login", content=b"login=%00", headers={"Content-Type": "Application/X-WWW-form-urlencoded"}),
    ]
    assert [each.status_code for each in answers] == [400, 400]


PART = b"--B\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n--B--\r\n"
MULTIPART = {"Content-Type": "multipart/form-data; boundary=B"}


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (BOSS, "/floor/agents/8001"), (ADMIN, "/people/new"), (ADMIN, "/people/person/li.na"),
        (ADMIN, "/settings/queues/form"), (BOSS, "/shifts/2026-03-02/8001"), (LEADER, "/quality/plans"),
        (LEADER, "/quality/not-judged/again"), (LEADER, "/quality/forms/zh-telecom/values"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", [(b'name="recording"', b"a\0"), (b'name="a\0"', b"x")])
async def test_a_form_of_which_the_page_itself_reads_the_fields_takes_no_nul_either(
    known: Visitor, who: str, path: str, field: tuple[bytes, bytes]
) -> None:
    answer = await known.post(path, content=PART % field, headers=by(who) | MULTIPART)
    assert (answer.status_code, answer.json()) == (400, {"detail": "此处不能有控制字符"})


async def test_a_file_whose_name_holds_a_nul_is_refused(known: Visitor) -> None:
    sent = PART % (b'name="file"; filename="a\0.csv"', b"login\nx")
    answer = await known.post("/people/import", content=sent, headers=by(ADMIN) | MULTIPART)
    assert (answer.status_code, answer.json()) == (400, {"detail": "此处不能有控制字符"})


async def test_a_field_of_more_than_a_million_bytes_is_judged_like_any_other(known: Visitor) -> None:
    fields = {"login": "wu.di", "name": "x" * (2**20 + 1), "role": "agent", "number": "8009", "locale": "zh"}
    answer = await known.post("/people/new", data=fields, headers={"Authorization": f"Bearer {ADMIN}"})
    assert (answer.status_code, "8009" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("sent", "kind", "told"),
    [
        ("&".join("a=1" for _ in range(1001)), "application/x-www-form-urlencoded", "表单的字段过多：最多 1000 个"),
        ("x", "multipart/form-data", "表单数据（multipart）缺少分隔符 boundary"),
        ("x", "multipart/form-data; boundary=B", "表单数据（multipart）无法读取"),
    ],
)
async def test_what_is_wrong_with_a_form_is_told_in_the_language_of_whoever_sends_it(
    known: Visitor, sent: str, kind: str, told: str
) -> None:
    answer = await known.post("/people/new", content=sent, headers=by(ADMIN) | {"Content-Type": kind})
    assert (answer.status_code, answer.json()) == (400, {"detail": told})


async def test_a_level_of_thousands_of_digits_is_no_level(known: Visitor) -> None:
    fields = {"login": "wu.di", "name": "x", "role": "agent", "number": "8009", "locale": "zh", "skill": "cards"}
    asked = {"Authorization": f"Bearer {ADMIN}"}
    answer = await known.post("/people/new", data=fields | {"level": "1" * 5000}, headers=asked)
    assert answer.status_code == 409
    await known.post(
        "/floor/agents/8001", data={"level:cards": "1" * 5000}, headers={"Authorization": f"Bearer {BOSS}"}
    )
    assert "cards" not in (await known.get("/api/people/li.na", headers=asked)).json()["skills"]
