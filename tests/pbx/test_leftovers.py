"""What Asterisk leaves behind is told of once, and counted as long as it is there."""

from structlog.testing import capture_logs

from core.errors import HotlineError
from pbx.leftovers import Leftovers

LEFT = "Surrogate/PJSIP/trunk-00000427!centre-wait!s!1!Down!(None)!!!!!3!99!!n3ae1d8-1795645745.1415\n"
PASSING = LEFT.replace("427", "428")
CALLER = "PJSIP/trunk-00000429!centre-wait!s!5!Up!MusicOnHold!default,30!139!!!3!9!!n3ae1d8-1795645745.1417\n"


async def test_channel_left_behind_is_told_of_once_and_counted_until_asterisk_is_started_again() -> None:
    answers = [CALLER + LEFT + PASSING, CALLER + LEFT, LEFT, "", LEFT]

    async def ask(_line: str) -> str:
        if not (answer := answers.pop(0)):
            raise HotlineError("Asterisk does not answer")
        return answer

    leftovers, counts = Leftovers(ask), []
    with capture_logs() as logs:
        while answers:
            await leftovers.look()
            counts.append(len(leftovers.lasting))
    assert counts == [0, 1, 1, 1, 1]
    assert [each["channel"] for each in logs] == ["Surrogate/PJSIP/trunk-00000427"]
    answers.append(CALLER)
    await leftovers.look()
    assert not leftovers.lasting
