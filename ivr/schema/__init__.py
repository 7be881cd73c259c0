"""The menu language: what a flow's YAML file may say. `ivr/menus.py` reads files and checks what they refer to."""

from ivr.schema.basic import (
    Assign,
    Branch,
    Contact,
    Goto,
    HangUp,
    Language,
    Menu,
    Message,
    Opening,
    Option,
    Play,
    Queue,
    Refusal,
    Return,
    Sub,
)
from ivr.schema.flow import AnyStep, Flow, Phrases, Waiver, spoken_places
from ivr.schema.parts import ContactBy, Key, Place, Prompt, Reading, Step, Value
from ivr.schema.service import Asking, CallBack, Check, Collect, Http, Lookup, Say, Survey, Transfer, Verify

__all__ = [
    "AnyStep", "Asking", "Assign", "Branch", "CallBack", "Check", "Collect", "Contact", "ContactBy", "Flow", "Goto",
    "HangUp", "Http", "Key", "Language", "Lookup", "Menu", "Message", "Opening", "Option", "Phrases", "Place", "Play",
    "Prompt", "Queue", "Reading", "Refusal", "Return", "Say", "Step", "Sub", "Survey", "Transfer", "Value", "Verify",
    "Waiver", "spoken_places",
]  # fmt: skip
