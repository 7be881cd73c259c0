"""The message step: invitation, tone, recording, and how the caller wants to be answered."""

from ivr.effects import ChooseContact, Input, KeepMessage, MessageEnded, RecordMessage, Say
from ivr.flow.kind import Kind
from ivr.flow.talk import Phase, Talk
from ivr.schema import Message

KEY_ECHO_SECONDS = 0.5
"""The key that stopped a recording is also heard as a key press, up to this much later."""


class MessageKind(Kind[Message]):
    def enter(self, talk: Talk, step: Message) -> str | None:
        talk.phase = Phase.INVITING
        talk.say(talk.prompt("prompt", prompt=step.prompt))
        return None

    def key(self, talk: Talk, step: Message, key: str) -> str | None:
        match talk.phase:
            case Phase.CONTACT:
                _choose(talk, step, key)
            case Phase.INVITING if talk.flow.keys.get(key) == "person":  # type: ignore[call-overload]
                talk.leave_trail(key)
                return talk.person()
            case _:
                pass
        return None

    def sound_ended(self, talk: Talk, step: Message, missing: bool) -> str | None:
        match talk.phase:
            case Phase.INVITING:
                talk.phase = Phase.TONE
                talk.out.append(Say(talk.next_token(), (talk.menu.tone(),), barge_in=False))
            case Phase.TONE:
                talk.phase = Phase.RECORDING
                talk.out.append(RecordMessage(talk.next_token(), step.longest, step.silence, step.schedule))
            case Phase.CONTACT:
                talk.wait_for_key(step.timeout)
            case _:
                pass
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
        if answer.seconds >= step.shortest:
            talk.kept = True
            talk.out.append(KeepMessage(answer.seconds))
        if talk.gone or answer.stopped_by == "hangup":
            talk.gone = True
        elif answer.seconds >= step.shortest:
            talk.phase, talk.tries = Phase.CONTACT, 0
            _ask_contact(talk, step)
        elif answer.stopped_by == "failed":
            talk.sorry()
        elif talk.tries >= step.retries:
            talk.leave(talk.prompt("nothing_heard", prompt=step.nothing_heard), "failed")
        else:
            talk.tries += 1
            talk.phase = Phase.INVITING
            talk.say(talk.prompt("nothing_heard", prompt=step.nothing_heard))
        return None


def _choose(talk: Talk, step: Message, key: str) -> None:
    contact = step.contact.get(key)  # type: ignore[call-overload]  # a stray key chooses nothing
    if contact is not None:
        talk.out.append(ChooseContact(contact.by))
        _thank(talk, step)
    elif talk.tries < step.retries:
        talk.tries += 1
        _ask_contact(talk, step)
    else:
        _thank(talk, step)


def _thank(talk: Talk, step: Message) -> None:
    talk.leave(talk.prompt("thanks", prompt=step.thanks), "message")


def _ask_contact(talk: Talk, step: Message) -> None:
    talk.say(*(talk.prompt("contact", key, "say", prompt=each.say) for key, each in step.contact.items()))
