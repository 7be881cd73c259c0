"""The message step: invitation, tone, recording, and how the caller wants to be answered."""

from ivr.effects import ChooseContact, DropMessage, Input, KeepMessage, MessageEnded, RecordMessage, Say
from ivr.flow.kind import Kind
from ivr.flow.talk import Part, Phase, Talk
from ivr.schema import Message

KEY_ECHO_SECONDS = 0.5
"""The key that stopped a recording is also heard as a key press, up to this much later."""


class MessageKind(Kind[Message]):
    def enter(self, talk: Talk, step: Message) -> str | None:
        talk.phase = Phase.INVITING
        kept = [each.key for each in talk.typed]
        talk.typed.clear()  # what was typed before he speaks is no answer to what is asked after it
        for key in kept:
            if target := _leave(talk, key):
                return target
        talk.say(talk.prompt("prompt", prompt=step.prompt), barge_in=step.barge_in)
        return None

    def key(self, talk: Talk, step: Message, key: str) -> str | None:
        match talk.phase:
            case Phase.CONTACT if talk.listening:
                return _choose(talk, step, key)
            case Phase.CONTACT:
                return super().key(talk, step, key)
            case Phase.INVITING:
                return _leave(talk, key)
            case _:
                return None

    def sound_ended(self, talk: Talk, step: Message) -> str | None:
        match talk.phase:
            case Phase.INVITING:
                talk.phase = Phase.TONE
                talk.out.append(Say(talk.next_token(), (talk.menu.tone(),), barge_in=False))
            case Phase.TONE:
                talk.phase = Phase.RECORDING
                talk.out.append(RecordMessage(talk.next_token(), step.longest, step.silence, step.schedule))
            case Phase.CONTACT if talk.typed:
                return _choose(talk, step, talk.next_typed())
            case Phase.CONTACT:
                talk.wait_for_key(step.timeout)
            case _:
                pass
        return None

    def mute(self, talk: Talk, step: Message) -> str | None:
        if talk.phase is not Phase.CONTACT:
            return super().mute(talk, step)
        _thank(talk, step)  # the message is kept; he is called back
        return None

    def silence(self, talk: Talk, step: Message) -> str | None:
        if talk.phase is Phase.CONTACT:
            _thank(talk, step)
        return None

    def answered(self, talk: Talk, step: Message, answer: Input) -> str | None:
        if not isinstance(answer, MessageEnded) or talk.phase is not Phase.RECORDING:
            return None
        if answer.stopped_by == "key":
            talk.deaf_until = answer.at + KEY_ECHO_SECONDS
        spoken = answer.seconds > 0 and answer.seconds >= step.shortest
        if spoken:
            talk.kept = True
            talk.out.append(KeepMessage(answer.seconds))
        else:
            talk.out.append(DropMessage())
        if talk.gone or answer.stopped_by == "hangup":
            talk.gone = True
        elif spoken:
            talk.phase, talk.tries = Phase.CONTACT, 0
            _ask_contact(talk, step)
        elif answer.stopped_by == "failed" or talk.tries >= step.retries:
            talk.sorry()  # `nothing_heard` asks him to speak once more
        else:
            talk.tries += 1
            talk.phase = Phase.INVITING
            talk.say(talk.prompt("nothing_heard", prompt=step.nothing_heard), barge_in=step.barge_in)
        return None


def _leave(talk: Talk, key: str) -> str | None:
    """Who wants a person or to go back may, until he speaks."""
    if talk.flow.keys.get(key) not in ("person", "back"):  # type: ignore[call-overload]  # a stray key has no action
        return None
    talk.leave_trail(key)
    return talk.everywhere(key)


def _choose(talk: Talk, step: Message, key: str) -> str | None:
    contact = step.contact.get(key)  # type: ignore[call-overload]  # a stray key chooses nothing
    if contact is not None:
        talk.out.append(ChooseContact(contact.by))
        _thank(talk, step)
    elif talk.flow.keys.get(key) == "repeat":  # type: ignore[call-overload]  # same
        _ask_contact(talk, step)
    elif talk.tries < step.retries:
        talk.tries += 1
        _ask_contact(talk, step, talk.own_or_common("wrong", step.wrong, "wrong_key"))
    else:
        _thank(talk, step)
    return None


def _thank(talk: Talk, step: Message) -> None:
    talk.leave(talk.prompt("thanks", prompt=step.thanks), "message")


def _ask_contact(talk: Talk, step: Message, *before: Part) -> None:
    ways = (talk.prompt("contact", key, "say", prompt=each.say) for key, each in step.contact.items())
    talk.say(*before, *ways, barge_in=step.barge_in)
