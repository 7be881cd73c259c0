"""The table of step kinds: what the menu language says, and who carries it out."""

from collections.abc import Mapping
from typing import Any

from ivr.flow import callback, collect, lookup, menu, message, plain, queue, speaking, survey, transfer
from ivr.flow.kind import Kind
from ivr.schema import (
    Assign,
    Branch,
    CallBack,
    Collect,
    Goto,
    HangUp,
    Language,
    Lookup,
    Menu,
    Message,
    Opening,
    Play,
    Queue,
    Return,
    Say,
    Step,
    Sub,
    Survey,
    Transfer,
    Verify,
)

KINDS: Mapping[type[Step], Kind[Any]] = {
    Menu: menu.MenuKind(),
    Play: speaking.PlayKind(),
    Say: speaking.SayKind(),
    Language: plain.LanguageKind(),
    Opening: plain.OpeningKind(),
    Branch: plain.BranchKind(),
    Assign: plain.AssignKind(),
    Collect: collect.CollectKind(),
    Lookup: lookup.LookupKind(),
    Verify: collect.VerifyKind(),
    Queue: queue.QueueKind(),
    CallBack: callback.CallBackKind(),
    Message: message.MessageKind(),
    Survey: survey.SurveyKind(),
    Transfer: transfer.TransferKind(),
    Sub: plain.SubKind(),
    Return: plain.ReturnKind(),
    Goto: plain.GotoKind(),
    HangUp: plain.HangUpKind(),
}
