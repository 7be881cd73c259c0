"""Knowledge beside the talk, its list for owners, its editor, and the same by program."""

from sqlalchemy import select

from acd.models import Call
from knowledge.models import Opening
from tests.agentdesk.cast import TALK
from tests.agentdesk.conftest import House, Visitor, enter

ORIGIN = {"origin": "http://desk.test"}
LOST = "lost-card.zh"
FACTS = "---\ntitle: {title}\nlanguage: zh\nowner: sun.li\n---\n\n{text}\n"


async def test_articles_that_fit_the_call_are_suggested_before_anything_is_typed(web: Visitor, house: House) -> None:
    async with house.db.transaction() as tx:
        call = await tx.session.get_one(Call, TALK)
        call.path, call.connected_at, call.queue = [{"at": 1.0, "step": "cards", "keys": "2"}], 9e9, "cards"
    await enter(web, "agent")
    part = (await web.get("/desk/knowledge")).text
    assert part.count("data-article") == 6
    assert "信用卡额度" in part
    assert f"{TALK}" in part


async def test_found_articles_are_opened_and_the_opening_is_noted_with_the_call(web: Visitor, house: House) -> None:
    await enter(web, "agent")
    found = (await web.get("/desk/knowledge/found", params={"q": "卡丢了"})).text
    assert found.index("口头挂失") > 0
    article = await web.post(f"/desk/knowledge/{LOST}/open", data={"call": TALK}, headers=ORIGIN)
    assert "<strong>不问密码、不问验证码。</strong>" in article.text
    assert "Lost or stolen" not in article.text
    assert 'data-article="lost-card.en"' in article.text
    async with house.db.reading() as session:
        opening = (await session.scalars(select(Opening))).one()
    assert (opening.article, opening.call, opening.login) == (LOST, TALK, "li.na")
    assert "打开的文章: 银行卡丢失或被盗：口头挂失" in (await web.get(f"/calls/{TALK}")).text
    assert (await web.post("/desk/knowledge/none.zh/open", headers=ORIGIN)).status_code == 404


async def test_marks_add_up_for_the_owner_until_a_new_version_is_published(web: Visitor) -> None:
    await enter(web, "supervisor")
    text = FACTS.format(title="新规", text="第一版")
    assert (await web.post("/api/knowledge/rule.zh/publish", json={"text": text, "reason": "x"}, headers=ORIGIN)).json()
    await enter(web, "agent")
    for mark in ("useful", "outdated"):
        given = {"mark": mark, "note": "费率已变", "call": TALK}
        assert (await web.put("/api/knowledge/rule.zh/mark", json=given, headers=ORIGIN)).json()["version"] == 1
    await enter(web, "supervisor")
    line = next(each for each in (await web.get("/api/knowledge")).json() if each["name"] == "rule.zh")
    assert (line["useful"], line["outdated"]) == (0, 1)
    assert "费率已变" in (await web.get("/knowledge/rule.zh")).text
    assert "rule.zh" in (await web.get("/knowledge?mine=1")).text
    change = {"text": text.replace("第一版", "第二版"), "reason": "费率", "seen": 1}
    await web.post("/api/knowledge/rule.zh/publish", json=change, headers=ORIGIN)
    line = next(each for each in (await web.get("/api/knowledge")).json() if each["name"] == "rule.zh")
    assert line["outdated"] == 0
    assert [each["version"] for each in (await web.get("/api/knowledge/rule.zh/marks")).json()] == [1]


async def test_an_article_is_checked_shown_published_compared_and_taken_back(web: Visitor, house: House) -> None:
    await enter(web, "quality")
    broken = FACTS.format(title="x", text="y").replace("zh\n", "zh\nqueues: [crads]\n")
    told = (await web.post("/knowledge/rule.zh/check", data={"text": broken}, headers=ORIGIN)).text
    assert 'data-line="4"' in told
    text = FACTS.format(title="新规", text="**第一版** <script>x</script>")
    checked = (await web.post("/knowledge/rule.zh/check", data={"text": text}, headers=ORIGIN)).text
    assert "<strong>第一版</strong> &lt;script&gt;" in checked
    form = {"text": text, "reason": "", "seen": 0}
    assert "reason_missing" not in (await web.post("/knowledge/rule.zh/publish", data=form, headers=ORIGIN)).headers
    for version, words in ((0, "第一版"), (1, "第二版")):
        form = {"text": text.replace("第一版", words), "reason": "测试", "seen": version}
        done = await web.post("/knowledge/rule.zh/publish", data=form, headers=ORIGIN)
        assert done.headers["hx-redirect"] == "/knowledge/rule.zh"
    await house.bus.drain()
    assert "rule.zh" in house.desk.library.shelf.articles
    assert "第二版" in house.desk.library.shelf.articles["rule.zh"].text
    assert "+**第二版**" in (await web.get("/knowledge/rule.zh/difference?before=1")).text
    await web.post("/knowledge/rule.zh/back", data={"reason": "zurück"}, headers=ORIGIN)
    assert "第一版" in (await web.get("/api/knowledge/rule.zh")).json()["text"]


async def test_agents_read_and_search_by_program_and_do_not_write(web: Visitor) -> None:
    await enter(web, "agent")
    hits = (await web.get("/api/knowledge/search", params={"q": "lost card", "language": "en"})).json()
    assert hits[0]["name"] == "lost-card.en"
    assert (await web.get(f"/api/knowledge/{LOST}")).json()["facts"]["owner"] == "zhao.lei"
    answer = await web.post(f"/api/knowledge/{LOST}/publish", json={"text": "x", "reason": "x"}, headers=ORIGIN)
    assert answer.status_code == 403


async def test_a_wrong_file_is_told_to_administrators_where_knowledge_is_kept(web: Visitor, house: House) -> None:
    house.articles.wrong[LOST] = "lost-card.zh.md:7: there is no queue 'nowhere': use one of cards, loans"
    for role, told, status in (("admin", True, 200), ("supervisor", False, 403)):
        await enter(web, role)
        page = (await web.get("/knowledge")).text
        assert ("lost-card.zh.md:7: 没有队列 &#39;nowhere&#39;: 请从中选择：cards, loans" in page) is told
        assert (await web.get("/api/knowledge/wrong-files")).status_code == status
