"""What agents and customers say to each other in the demonstration."""

from app.demo.cast import Manner
from app.demo.story import Dialogue, Speaker, Turn


def _agent(text: str, after: float = 0.0, hold: float = 0.0) -> Turn:
    return Turn(Speaker.AGENT, text, after, hold)


def _customer(text: str) -> Turn:
    return Turn(Speaker.CUSTOMER, text)


GREETING = "您好，{number}号为您服务，请问有什么可以帮您？"
CLOSING = "感谢您的来电，再见。"


def good(wish: str, question: str, answer: str, solution: str) -> Dialogue:
    """Greeting, wish, verification, solution, closing: the whole service script."""
    turns = (
        _agent(GREETING),
        _customer(wish),
        _agent(question),
        _customer(answer),
        _agent(f"谢谢您，{solution}，请问还有什么可以帮您？"),
        _customer("没有了，谢谢。"),
        _agent(CLOSING),
    )
    return Dialogue(turns)


def rude(wish: str) -> Dialogue:
    """Late to answer, forbidden phrases, hold without asking, no help, and the agent puts the receiver down."""
    turns = (
        _agent("喂，说话啊。", after=4.0),
        _customer(wish),
        _agent("不知道，这不归我管。", hold=3.0),
        _customer("那我应该找谁呢？"),
        _agent("没办法，公司就是这样规定的，你去投诉吧。", after=7.0),
        _customer("你怎么这样说话。"),
    )
    return Dialogue(turns, agent_hangs_up=True)


BILL = good(
    "我想查询一下信用卡的账单。",
    "好的，请问您贵姓，身份证后四位是多少？",
    "我姓王，一二三四。",
    "王女士，您本月的账单是两千元",
)
LIMIT = good(
    "我想提高信用卡的额度。",
    "好的，请问您贵姓，身份证后四位是多少？",
    "我姓刘，五六七八。",
    "刘先生，我已经为您提交申请",
)
TRANSFER = good(
    "我的转账还没有到账。",
    "好的，请问您贵姓，身份证后四位是多少？",
    "我姓陈，三三六九。",
    "陈女士，您的转账今天下午到账",
)
COMPLAINT = "我要投诉，你们多收了我的手续费。"

ENGLISH = Dialogue(
    (
        _agent("Good morning, Anxin Bank, how may I help you?"),
        _customer("Hello, I would like to know the balance of my account."),
        _agent("Certainly. May I have your name, please?"),
        _customer("John Smith."),
        _agent("Thank you. Your balance is two thousand yuan. Is there anything else?"),
        _customer("No, thank you."),
        _agent("Thank you for calling. Goodbye."),
    )
)

BY_WISH: dict[str, dict[Manner, Dialogue]] = {
    "bill": {Manner.GOOD: BILL, Manner.RUDE: rude("我想查询一下信用卡的账单。")},
    "limit": {Manner.GOOD: LIMIT, Manner.RUDE: rude("我想提高信用卡的额度。")},
    "transfer": {Manner.GOOD: TRANSFER, Manner.RUDE: rude("我的转账还没有到账。")},
    "complaint": {Manner.GOOD: TRANSFER, Manner.RUDE: rude(COMPLAINT)},
    "english": {Manner.GOOD: ENGLISH},
}
"""A story's dialogue, whoever the distributor gives the call to."""
