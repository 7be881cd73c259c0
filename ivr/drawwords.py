"""What the drawing of a menu says besides the menu's own words, in the language of who looks at it."""

import re

from ivr.schema import Branch, Step

KINDS = {
    "zh": {
        "menu": "按键菜单", "play": "播放", "say": "播报", "language": "切换语言", "hours": "营业时间",
        "branch": "分支", "set": "赋值", "queue": "排队", "message": "留言", "goto": "跳转",
        "sub": "子流程", "return": "返回", "hang_up": "挂断", "collect": "收集按键", "lookup": "查询",
        "verify": "身份验证", "callback": "回电", "survey": "评价", "transfer": "转接",
    },
}  # fmt: skip
LABELS = {
    "zh": {
        "silence": "未按键", "then": "之后", "start": "进入", "return": "返回", "nowhere to return to": "无处可返回",
        "after_call": "通话后", "refused": "未接收", "closed": "已关闭", "nobody_signed_in": "无座席签入", "full": "满",
        "wait_too_long": "等待过长", "open": "营业中", "found": "找到", "not_found": "未找到", "failed": "失败",
        "missing": "缺值", "verified": "已验证", "locked": "已锁定", "otherwise": "其他",
    },
}  # fmt: skip
"""Of ways, as `ivr.graph` names them; a language that is not here reads them as they are."""
NUMBER = {"zh": "值"}
"""What ranges of a branch call the number they are about, which is `x` elsewhere."""
_RANGE = re.compile(r"(\S+ ≤ )?x( < \S+)?")


def kind_word(step: Step, language: str) -> str:
    kind = str(step.kind)  # type: ignore[attr-defined]  # every step of a flow has its kind
    return KINDS.get(language, {}).get(kind, kind)


def label_words(step: Step, label: str, language: str) -> str:
    """Keys, and what a branch goes by, stay as they are."""
    known = LABELS.get(language, {})
    if isinstance(step, Branch):
        if language in NUMBER and (found := _RANGE.fullmatch(label)) and any(found.groups()):
            return f"{found[1] or ''}{NUMBER[language]}{found[2] or ''}"
        return known.get(label, label) if label == "otherwise" else label
    return ": ".join(known.get(part, part) for part in label.split(": "))
