"""Commands written as AMI actions. Pure; a leg's Uniqueid serves as its Channel everywhere."""

from collections.abc import Mapping

from pbx.commands import (
    ALL_KEYS,
    Announce,
    Answer,
    AskToAnswer,
    BackToMenu,
    ChangeSpy,
    Confer,
    Confirm,
    Give,
    HangUp,
    Hold,
    LegCommand,
    Mute,
    MuteRecording,
    Play,
    Reach,
    Record,
    Rejoin,
    Ring,
    SendKey,
    SetVariable,
    Spy,
    SpyMode,
    StartListening,
    StartRecording,
    StopPlaying,
    StopRecording,
    Summon,
    Wait,
)

LONGEST_LINE = 1024
RING_ID = "ring/"
"""An Originate's ActionID is this and the leg: its late OriginateResponse names the leg even after a restart."""

FALLBACK_QUEUE = "fallback"
"""Asterisk's own queue, which the dial plan uses when the engine is gone."""

CHANSPY_OPTIONS = {SpyMode.LISTEN: "qS", SpyMode.WHISPER: "qwS", SpyMode.BARGE: "qBS"}
"""q: no announcement; S: end when the spied leg is gone; w: heard by the spied leg; B: by the other side too."""

NO_KEYS = "A B"
"""What winds a controlled sound on and back: keys that telephones do not have."""

TOO_SOON = 60
"""Milliseconds within which no finger presses a key again (a key and its pause are 80)."""

Action = dict[str, str | list[str]]


def action(command: LegCommand) -> Action:
    """The AMI action for a command on a leg."""
    match command:
        case Wait(leg):
            return _redirect(leg, "centre-wait")
        case Announce(leg):
            return _redirect(leg, "centre-wait") | {"Exten": "say"}
        case BackToMenu(leg, served):
            return _redirect(leg, "hotline") | {"Exten": "served" if served else "s"}
        case Ring():
            own = (("CALLERCH", command.caller_leg), *command.variables)
            return _originate(command, "centre-agent", own)
        case Summon():
            return _originate(command, "centre-dialling", (("CALLERCH", command.caller_leg),))
        case AskToAnswer(leg):
            return {"Action": "PJSIPNotify", "Channel": leg, "Variable": "Event=talk"}
        case Reach():
            return _originate(command, "centre-reached", (("AGENTCH", command.agent_leg), *command.variables))
        case Spy(spied_leg=spied, mode=mode):
            return _originate(command, "centre-spy", (("SPYLEG", spied), ("SPYMODE", CHANSPY_OPTIONS[mode])))
        case ChangeSpy(leg):
            return _redirect(leg, "centre-spy")
        case Hold(leg, agent_leg):
            return _redirect(leg, "centre-hold") | _extra(agent_leg, "centre-idle")
        case Confer(agent_leg=agent_leg, colleague_leg=leg):
            # The two talk with each other: one who is left alone for a moment would be hung up.
            return _redirect(leg, "centre-with-colleague") | _extra(agent_leg, "centre-with-colleague")
        case Mute(leg, muted):
            state = "on" if muted else "off"
            return {"Action": "MuteAudio", "Channel": leg, "Direction": "in", "State": state}
        case SendKey(leg, key):
            return {"Action": "PlayDTMF", "Channel": leg, "Digit": key, "Receive": "true"}
        case Confirm(leg, done):
            return _redirect(leg, "centre-told", "done" if done else "refused")
        case Rejoin(leg) | Give(leg):
            return _redirect(leg, "centre-agent")
        case HangUp(leg, cause):
            return {"Action": "Hangup", "Channel": leg, "Cause": str(cause)}
        case StartRecording(leg, path):
            # D: both directions interleaved, raw, so that a crash leaves every second that was spoken.
            return {"Action": "MixMonitor", "Channel": leg, "File": str(path), "Options": "D"}
        case StartListening(leg, path):
            return {"Action": "MixMonitor", "Channel": leg, "Options": f"r({path})"}
        case StopRecording(leg):
            return {"Action": "StopMixMonitor", "Channel": leg}
        case MuteRecording(leg, muted):
            return {"Action": "MixMonitorMute", "Channel": leg, "Direction": "both", "State": str(int(muted))}
        case StopPlaying(leg):
            return {"Action": "ControlPlayback", "Channel": leg, "Control": "stop"}
        case SetVariable(leg, name, value):
            return {"Action": "Setvar", "Channel": leg, "Variable": name, "Value": value}
        case Answer(leg):
            return {"Action": "AGI", "Channel": leg, "Command": "ANSWER"}


def play(command: Play) -> Action:
    """The second form leaves on the channel by which key it was ended."""
    what = f"{_quoted(command.sound)} {_quoted(command.interrupted_by)}"
    text = f"CONTROL STREAM FILE {what} 0 {NO_KEYS}" if command.then else f"STREAM FILE {what}"
    return {"Action": "AGI", "Channel": command.leg, "Command": text}


def followers(leg: str, name: str, sounds: Mapping[str, str]) -> list[Action]:
    """Makes known what follows the keys, for `follow` with the same name."""
    return [
        {"Action": "Setvar", "Channel": leg, "Variable": f"AHEAD_{name}_{key}", "Value": sound}
        for key, sound in sounds.items()
    ]


def follow(leg: str, name: str, command_id: str) -> tuple[Action, Action]:
    """Queued behind a sound: play what follows the key that ended it; tell, as `command_id`, how that ended.

    A key in the first TOO_SOON milliseconds has perhaps been told twice: nothing follows it.
    """
    sound = f"${{AHEAD_{name}_${{CPLAYBACKSTOPKEY}}}}"
    play_it = f"ControlPlayback({sound},0,{NO_KEYS.replace(' ', ',')},{ALL_KEYS})"
    # The key stays on the channel when the next sound is ended otherwise, hence the status.
    by_key = f'"${{CPLAYBACKSTATUS}}" = "USERSTOPPED" & 0${{CPLAYBACKOFFSET}} > {TOO_SOON}'
    text = _quoted(f'ExecIf($[{by_key} & "{sound}" != ""]?{play_it})')
    ask = _quoted("${CPLAYBACKSTATUS} ${CPLAYBACKOFFSET} ${CPLAYBACKSTOPKEY}")
    return (
        {"Action": "AGI", "Channel": leg, "Command": f"EXEC Exec {text}"},
        {"Action": "AGI", "Channel": leg, "Command": f"GET FULL VARIABLE {ask}", "CommandID": command_id},
    )


def record(command: Record) -> Action:
    """RECORD FILE adds the suffix of the format itself."""
    path = _quoted(str(command.path.with_suffix("")))
    limit = f"{command.longest * 1000} s={command.silence}"
    text = f"RECORD FILE {path} wav {_quoted(command.stopped_by)} {limit}"
    return {"Action": "AGI", "Channel": command.leg, "Command": text}


def wake(leg: str) -> Action:
    """Something for a leg in AsyncAGI to read, without a meaning to anybody: it only looks for commands when it has
    read a frame, and the next that comes by itself is up to 20 ms away, 100 ms when the caller sends nothing."""
    return {"Action": "SendFlash", "Channel": leg, "Receive": "true"}


def watcher(place: str) -> Action:
    """A pseudo channel that runs the context `place` for ever; its other half only waits."""
    return {
        "Action": "Originate", "Channel": f"Local/s@{place}/n", "ChannelId": place, "OtherChannelId": f"{place}-2",
        "Application": "Wait", "Data": "1000000000", "Async": "true",
    }  # fmt: skip


def last_heartbeat() -> Action:
    return {"Action": "Getvar", "Variable": "HEARTBEAT"}


def departed() -> Action:
    return {"Action": "DBGetTree", "Family": "centre-gone"}


def forget_departed() -> Action:
    return {"Action": "DBDelTree", "Family": "centre-gone"}


def fallback_members() -> Action:
    return {"Action": "QueueStatus", "Queue": FALLBACK_QUEUE}


def join_fallback(device: str) -> Action:
    return {"Action": "QueueAdd", "Queue": FALLBACK_QUEUE, "Interface": f"PJSIP/{device}", "MemberName": device}


def leave_fallback(device: str) -> Action:
    return {"Action": "QueueRemove", "Queue": FALLBACK_QUEUE, "Interface": f"PJSIP/{device}"}


def lines(name: str, value: str | list[str]) -> list[str]:
    """The header lines of one name, checked: raises ValueError on line breaks or more than 1,024 bytes."""
    found = [f"{name}: {each}" for each in ([value] if isinstance(value, str) else value)]
    for line in found:
        if "\r" in line or "\n" in line:
            raise ValueError(f"{name} holds a line break")
        if len(line.encode()) + 2 > LONGEST_LINE:
            raise ValueError(f"{name} is longer than the {LONGEST_LINE} bytes a line may have")
    return found


def join_conference(caller_leg: str) -> Action:
    """The second step of `Confer`."""
    return _redirect(caller_leg, "centre-talk-of-three")


def _redirect(leg: str, context: str, extension: str = "s") -> Action:
    return {"Action": "Redirect", "Channel": leg, "Context": context, "Exten": extension, "Priority": "1"}


def _extra(leg: str, context: str) -> Action:
    """A second leg redirected in the same moment."""
    return {"ExtraChannel": leg, "ExtraContext": context, "ExtraExten": "s", "ExtraPriority": "1"}


def _originate(ring: Ring | Summon | Reach | Spy, context: str, variables: tuple[tuple[str, str], ...]) -> Action:
    name = ring.shown_name.replace('"', "'")
    return {
        "Action": "Originate",
        "ActionID": RING_ID + ring.leg,
        "Channel": f"PJSIP/{ring.device}",
        "ChannelId": ring.leg,
        "Async": "true",
        "Timeout": str(ring.seconds * 1000),
        "Context": context,
        "Exten": "s",
        "Priority": "1",
        "CallerID": f'"{name}" <{ring.shown_number}>',
        "Variable": [f"{key}={_escaped(value)}" for key, value in variables],
    }


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,")
