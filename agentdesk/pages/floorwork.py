"""What an agent serves, changed by his supervisor in a dialog of the floor: skills with levels, and the team."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from accounts import personnel
from accounts import repository as people
from accounts.access import CurrentUser, User, allow, database
from accounts.intake import form_sent
from acd.free import profile_of, serves
from acd.waiting import need_of
from agentdesk.desk import PLACES, Desk
from agentdesk.pages.skillform import levels_in, skills_in, text_in
from agentdesk.words.titles import titles_in
from core.errors import NotFound, Refused

RIGHTS = [Depends(allow(*PLACES["/floor"]))]


def router(desk: Desk) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/floor/agents/{number}", dependencies=RIGHTS)
    async def work(number: str, request: Request, user: CurrentUser) -> HTMLResponse:
        return await _show(desk, request, user, number)

    @routes.post("/floor/agents/{number}", dependencies=RIGHTS)
    async def change(number: str, request: Request, user: CurrentUser) -> HTMLResponse:
        """Fields as in the form. Answers 200 with the reason where it is refused: htmx shows nothing else."""
        form = await form_sent(request)
        try:
            values = {"skills": skills_in(form), "team": text_in(form, "team")}
            async with database(request).transaction() as tx:
                await personnel.rework(tx, number, values, user)
        except Refused as fault:
            return await _show(desk, request, user, number, fault=fault.reason, levels=levels_in(form))
        return await _show(desk, request, user, number, saved=True)

    return routes


async def _show(
    desk: Desk, request: Request, user: User, number: str, *, saved: bool = False, fault: str = "",
    levels: dict[str, int] | None = None,
) -> HTMLResponse:  # fmt: skip
    """`levels` stand in the form where they are not what is known."""
    queues = desk.contacts.queues
    async with database(request).reading() as session:
        agents = await people.agents(session)
        own = await personnel.own_team(session, user.login)
    agent = next((each for each in agents if each.number == number), None)
    if agent is None:
        raise NotFound(f"there is no agent {number}")
    wanted = {skill for queue in queues.queues.values() for skill in queue.skills}
    profile, titles = profile_of(agent.skills), titles_in(desk.language(request, user), queues)
    served = [titles[name] for name, queue in queues.queues.items() if serves(profile, need_of(queue.skills))]
    return await desk.show(
        request, "_work.html", agent=agent, skills=sorted(wanted.union(*(each.skills for each in agents))),
        levels=agent.skills if levels is None else levels, served=served, saved=saved, fault=fault,
        teams=sorted({each.team for each in agents if each.team}), may=personnel.leads(user, own, agent.team),
    )  # fmt: skip
