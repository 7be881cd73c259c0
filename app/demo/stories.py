"""The callers of the demonstration, in the order they dial.

First only 8003 is signed in, whose phone nobody answers. The caller for whom it rings first gives up; the second
goes back to the queue when the ring ends. From then on ("sleeper rings again") the others sign in one by one, so
that everyone who waited is served, and the two who come last wait until somebody is free again.
"""

from app.demo.cast import Manner, Voice
from app.demo.dialogues import BY_WISH
from app.demo.expected import Expected, Rows
from app.demo.story import Key, Message, Story

WELL = {Manner.GOOD: (80.0, 100.0), Manner.RUDE: (0.0, 60.0)}
BADLY = {Manner.RUDE: (0.0, 60.0)}
FORM = {
    Manner.GOOD: Rows(passes=("A1", "A2", "A4", "A7", "B1", "B2", "B3", "B4", "B5", "F1", "F2", "F3")),
    Manner.RUDE: Rows(("A1", "A2", "A4", "B2", "B4", "B5", "F2", "F3"), ("A7", "B1", "F1")),
}
"""What speech decides: both file their tickets."""
CARDS = (Key(0.5, "1"), Key(1.0, "2"), Key(1.0, "1"))
"""Chinese, accounts and cards, balance: typed ahead of the prompts."""

STORIES = (
    Story(
        "impatient", "13800000006", {"zh": "振铃时挂断", "en": "hangs up while the agent rings"},
        CARDS, Expected("abandoned", "cards", "121", ("cancelled",), agents=("8003",)),
        leaves_when_ringing=1.5,
    ),
    Story(
        "unlucky", "13800000003", {"zh": "首位坐席未应答", "en": "first agent does not answer"},
        CARDS,
        Expected("answered", "cards", "121", ("no_answer", "accepted"),
                 heard=("转账", "为您服务"), speech="ready", score=WELL, rows=FORM),
        starts=0.7, voice=Voice("+f3"), dialogue=BY_WISH["transfer"],
    ),
    Story(
        "complainer", "13900000007", {"zh": "投诉，坐席服务不规范", "en": "complaint, served badly"},
        (Key(0.5, "1"), Key(1.0, "4")),
        Expected("answered", "complaints", "14", ("accepted",), agents=("8002",),
                 heard=("投诉", "不归我管"), speech="ready", score=BADLY, rows=FORM),
        starts=2.0, voice=Voice("+m4"), dialogue=BY_WISH["complaint"],
    ),
    Story(
        "straight", "13900000001", {"zh": "直接接通坐席", "en": "straight to an agent"},
        CARDS,
        Expected("answered", "cards", "121", ("accepted",),
                 heard=("信用卡", "感谢您的来电"), speech="ready", score=WELL, rows=FORM),
        starts=0.0, cue="sleeper rings again", voice=Voice("+f1"), dialogue=BY_WISH["bill"],
    ),
    Story(
        "english", "13800000005", {"zh": "英文服务", "en": "English"},
        (Key(0.5, "2"), Key(1.5, "2"), Key(1.5, "1")),
        Expected("answered", "cards", "221", ("accepted",), agents=("8004",), speech="no_model"),
        starts=3.0, language="en", voice=Voice("+m1", 160), dialogue=BY_WISH["english"],
    ),
    Story(
        "late", "13900000002", {"zh": "非服务时间留言", "en": "leaves a message outside hours"},
        (Key(0.5, "1"), Key(1.0, "3")),
        Expected("message", keys="13", contact="call_back"),
        starts=1.0, voice=Voice("+m7"), message=Message("我想了解一下贷款利率，请给我回电话。", 15.5, "1"),
    ),
    Story(
        "fumbler", "13900000003", {"zh": "按错键后改正，被贵宾超过", "en": "wrong keys, then right; overtaken"},
        (Key(0.5, "1"), Key(1.0, "7"), Key(3.0, "9"), Key(3.0, "2"), Key(1.0, "2")),
        Expected("answered", "cards", "1••22", ("accepted",), heard=("额度",), speech="ready", score=WELL, rows=FORM),
        starts=2.0, cue="sleeper rings again", voice=Voice("+m6"), dialogue=BY_WISH["limit"],
    ),
    Story(
        "vip", "13800000001", {"zh": "贵宾客户优先", "en": "a VIP overtakes"},
        CARDS,
        Expected("answered", "cards", "121", ("accepted",), heard=("账单",), speech="ready", score=WELL, rows=FORM,
                 overtakes="fumbler"),
        starts=12.5, cue="sleeper rings again", voice=Voice("+f5"), dialogue=BY_WISH["bill"],
    ),
    Story(
        "tired", "13900000004", {"zh": "排队中挂断", "en": "hangs up in the queue"},
        CARDS, Expected("abandoned", "cards", "121"),
        starts=7.0, cue="sleeper rings again", leaves_after=8.0,
    ),
)  # fmt: skip
