"""A list of people as CSV: read as spreadsheets write it, and compared with who is there. Pure.

Columns in any order, by their names in English or Chinese; a column that is not there leaves what is known.
"""

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from accounts import staff
from accounts.people import PersonEntry, clash_of, holders_of, last_holders
from accounts.staff import Difference
from core import tables
from core.errors import BadInput, Refused

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "login": ("登录名", "账号", "用户名"),
    "name": ("姓名", "名字"),
    "role": ("角色", "岗位"),
    "number": ("工号", "分机", "分机号", "extension"),
    "team": ("班组", "团队"),
    "skills": ("技能",),
    "locale": ("语言", "language"),
    "lead": ("组长", "质检负责人"),
    "active": ("启用", "状态"),
}
"""Column → what else it may be called."""

CODES: Mapping[str, str] = {
    "坐席": "agent", "座席": "agent", "班长": "supervisor", "主管": "supervisor", "质检": "quality",
    "质检员": "quality", "管理员": "admin", "中文": "zh", "汉语": "zh", "英文": "en", "英语": "en",
    "chinese": "zh", "english": "en",
}  # fmt: skip
YES = frozenset({"yes", "true", "1", "y", "是", "启用", "正常", "active"})
NO = frozenset({"no", "false", "0", "n", "否", "停用", "禁用", "blocked"})
LONGEST = 1000
"""Lines of one file."""

Kind = Literal["new", "changed", "same", "wrong"]


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the file means; `number` is the line's, 1 the heading. `fault` is a code, `problem` the words."""

    number: int
    kind: Kind
    login: str
    name: str = ""
    changes: tuple[Difference, ...] = ()
    entry: PersonEntry | None = None
    fault: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the whole file would do. `digest` is another one as soon as something else would be done."""

    lines: tuple[Line, ...]

    @property
    def counts(self) -> Counter[str]:
        return Counter(line.kind for line in self.lines)

    @property
    def entries(self) -> list[PersonEntry]:
        """Who would be added or changed."""
        return [line.entry for line in self.lines if line.entry is not None and line.kind in ("new", "changed")]

    @property
    def sound(self) -> bool:
        return not self.counts["wrong"]

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr([(each.kind, each.entry, each.changes) for each in self.lines]).encode()).hexdigest()


def plan(
    text: str, known: Mapping[str, PersonEntry], able: Container[str] = (), gave_up: Mapping[str, str] | None = None
) -> Plan:
    """`able`: logins of those who can sign in; `gave_up`: as `changes.gave_up`.

    Raises BadInput for a heading that says nothing, or too many lines.
    """
    rows = tables.rows(text)
    if len(rows) > LONGEST:
        raise BadInput(f"the file has more than {LONGEST} lines", "divide it")
    columns = _columns(rows[0][1])
    lines = [_line(number, dict(zip(columns, cells, strict=False)), known) for number, cells in rows[1:]]
    return Plan(tuple(_together(lines, known, able, last_holders(gave_up or {}, known.values()))))


def _columns(heading: list[str]) -> list[str]:
    other = {name: column for column, names in COLUMNS.items() for name in (column, *names)}
    found = []
    for cell in heading:
        column = other.get(cell.lower())
        if column is None:
            raise BadInput(f"line 1: there is no column {cell!r}", f"columns are {', '.join(COLUMNS)}")
        if column in found:
            raise BadInput(f"line 1: the column {column} is there twice", "leave one of them out")
        found.append(column)
    if "login" not in found:
        raise BadInput("line 1: the column login is missing", "the login says who is meant")
    return found


def _line(number: int, cells: Mapping[str, str], known: Mapping[str, PersonEntry]) -> Line:
    login = cells.get("login", "")
    before = known.get(login)
    try:
        given = {column: _value(column, cell) for column, cell in cells.items()}
        if before is None:
            entry = staff.entry_of({column: value for column, value in given.items() if value not in ("", None)})
            return Line(number, "new", login, entry.name, entry=entry)
        entry = staff.entry_of({**before.model_dump(), **{c: v for c, v in given.items() if v is not None}})
    except Refused as fault:
        return Line(number, "wrong", login, cells.get("name", ""), fault=fault.reason, problem=fault.problem)
    changes = staff.differences(before, entry)
    return Line(number, "changed" if changes else "same", login, entry.name, changes, entry)


def _value(column: str, cell: str) -> Any:
    """None: nothing is said. An empty number, team or list of skills says that there is none."""
    match column:
        case "skills":
            return staff.skills_of(cell)
        case "lead" | "active":
            return _truth(column, cell) if cell else None
        case "role" | "locale":
            return CODES.get(cell.lower(), cell.lower()) or None
        case "name":
            return cell or None
        case _:
            return cell


def _truth(column: str, cell: str) -> bool:
    if cell.lower() in YES:
        return True
    if cell.lower() in NO:
        return False
    raise Refused(f"person_{column}", f"{column}: {cell!r} is neither yes nor no")


def _together(
    lines: Iterable[Line], known: Mapping[str, PersonEntry], able: Container[str], last: Mapping[str, str]
) -> Iterable[Line]:
    """Faults that only show beside the other lines and people."""
    lines = list(lines)
    after = {**known, **{line.login: line.entry for line in lines if line.entry is not None}}
    holders = holders_of(after.values())
    leaderless = staff.ruled(known.values(), able) and not staff.ruled(after.values(), able)
    first: dict[str, int] = {}
    for line in lines:
        clash = None
        fresh = line.kind == "new" or any(each.field in ("number", "role") for each in line.changes)
        if line.entry is not None and fresh:
            clash = clash_of(line.entry, holders, last)
        if line.login in first and line.login:
            yield _wrong(line, "login_twice", f"{line.login} is in line {first[line.login]} already")
        elif leaderless and line.login in known and staff.ruled([known[line.login]], able):
            yield _wrong(line, "last_admin", "nobody else could administer the centre")
        elif clash:
            yield _wrong(line, clash.code, f"{clash.problem}: {clash.remedy}")
        else:
            yield line
        first.setdefault(line.login, line.number)


def _wrong(line: Line, code: str, problem: str) -> Line:
    return Line(line.number, "wrong", line.login, line.name, fault=code, problem=problem)
