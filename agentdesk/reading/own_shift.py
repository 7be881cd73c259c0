"""Read model of an agent's own shift on his desk: when he works, what he has open, what is handed over."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from accounts.access import User
from acd.agent_state import AgentState
from acd.models import AgentRow
from acd.rota import handovers
from acd.rota.adherence import standing
from acd.rota.planned import Rota
from core.clock import midnight


async def own_shift(session: AsyncSession, rota: Rota | None, user: User, now: float) -> dict[str, Any]:
    """For the template; without a rota nobody is on shift."""
    shifts = await rota.of_agent(session, user.number, now) if rota else []
    row = await session.get(AgentRow, user.number)
    state = row.state if row else AgentState.SIGNED_OUT
    return {
        "shifts": shifts, "shift_now": now, "me_number": user.number, "people_names": await people.names(session),
        "standing": standing(shifts[0] if shifts else None, state, rota.rules, now) if rota else "",
        "items": await handovers.open_items(session, user),
        "waiting": await handovers.waiting_for(session, user.number),
        "given": await handovers.given_by(session, user.number, midnight(now, rota.zone) if rota else now),
    }  # fmt: skip
