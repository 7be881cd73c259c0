"""The small language of phrases in a rule pack, compiled to regular expressions over code characters.

`字` a character by its sound · `word` a Latin word · `(a|b)` one of these · `x?` may be missing · `~` up to two tokens
· `…` up to six · `a & b` both, in any order, with up to eight between · `{name}` a word list of the pack · `!(a)` not
followed by a · `<` first in an utterance or sentence · `>` last in it · a leading `=` compares what is written instead
of how it sounds · a leading `@` counts only as told to the other side: neither what the speaker does himself nor what
the other need not do.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice, permutations, product

from core.pinyin import blurred, readings, syllable
from core.tokens import TURN, code, uncoloured

BLUR_FROM = 4
"""Patterns of at least so many tokens are compared by blurred sound, shorter ones by exact sound."""

VARIANTS = 24
NEAR_FROM = 6
"""The approximate search takes wordings of at least so many tokens: shorter ones resemble too much."""

PIECE = NEAR_FROM // 2
"""Codes at the begin of each half of a variant: a talk without any of them needs no approximate search."""

APART = 8
"""Most tokens between two things that may stand in any order."""

_PIECE = re.compile(r"\{[^{}]+\}|[a-z]+(?:'[a-z]+)?|\d|[㐀-鿿]|[()|&?~…!<>= ]", re.IGNORECASE)


class PatternError(ValueError):
    """A phrase that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """`kind`: token, any (branches), all (sequence), gap (`text`: most tokens), bar (not followed by), edge (< >)."""

    kind: str
    text: str = ""
    parts: tuple["Node", ...] = ()
    optional: bool = False


@cache
def _token(text: str) -> Node:
    """One for all places where it stands."""
    return Node("token", text)


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording: its syllables, the same in blurred codes, and the codes' two halves."""

    syllables: tuple[str, ...]
    coded: str
    halves: tuple[str, str]


@dataclass(frozen=True)
class Pattern:
    """`mode`: literal, sound or blur, naming the channel string to search; `needs`: codes any match must contain.

    `edges`: for each group of the regexes, whether it marks the first (True) or the last place of an utterance.
    `told`: counts only as told to the other side. Regexes are built when first asked for: a call touches few of a
    pack's phrases.
    """

    source: str
    mode: str
    node: Node
    needs: tuple[str, ...]
    edges: tuple[bool, ...]
    shortest: int
    told: bool = False

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """For the channel string of the pattern's mode."""
        return re.compile(_regex(self.node, self.mode))

    @cached_property
    def written(self) -> re.Pattern[str]:
        """The same phrase compared by characters, for the literal string."""
        return re.compile(_regex(self.node, "literal"))

    @cached_property
    def characters(self) -> frozenset[str]:
        """Every character, digit and word the phrase may be written with."""
        return frozenset(_texts(self.node))

    @cached_property
    def sounds(self) -> frozenset[str]:
        """The codes of these, as in a channel's `blur`."""
        return frozenset(found for text in self.characters for found in _token_codes(text, "blur"))

    @cached_property
    def variants(self) -> tuple["Variant", ...]:
        """Gapless wordings for the approximate search; none where too short for it."""
        return () if self.mode == "literal" or self.shortest < BLUR_FROM else tuple(_variants(self.node))

    @cached_property
    def starts(self) -> frozenset[str]:
        """How the halves of the variants begin."""
        return frozenset(half[:PIECE] for variant in self.variants for half in variant.halves)


def compile_pattern(source: str, words: dict[str, list[str]], lists: dict[str, Node] | None = None) -> Pattern:
    """`lists` keeps each of the `words` as it was read, for all patterns that name it. Raises PatternError."""
    body = source.strip()
    told = body.startswith("@")
    body = body.removeprefix("@")
    literal = body.startswith("=")
    node = _Reader(body.removeprefix("="), words, {} if lists is None else lists).whole()
    shortest = _shortest(node)
    if shortest == 0:
        raise PatternError(f"{source!r} would match silence")
    mode = "literal" if literal else "blur" if shortest >= BLUR_FROM else "sound"
    return Pattern(source, mode, node, tuple(_needs(node, mode)), tuple(_edges(node)), shortest, told)


class _Reader:
    """Recursive descent over the pieces of one pattern."""

    def __init__(self, source: str, words: dict[str, list[str]], lists: dict[str, Node], depth: int = 0) -> None:
        self.source, self.words, self.lists, self.depth = uncoloured(source), words, lists, depth
        self.pieces = _PIECE.findall(self.source)
        if len("".join(self.pieces)) != len(self.source):
            raise PatternError(f"{source!r} holds a sign that phrases do not know")
        self.at = 0

    def whole(self) -> Node:
        node = self._branches()
        if self.at < len(self.pieces):
            raise PatternError(f"{self.source!r} closes a bracket that was not opened")
        return node

    def _branches(self) -> Node:
        branches = [self._together()]
        while self._take("|"):
            branches.append(self._together())
        return branches[0] if len(branches) == 1 else Node("any", parts=tuple(branches))

    def _together(self) -> Node:
        sequences = [self._sequence()]
        while self._take("&"):
            sequences.append(self._sequence())
        if len(sequences) == 1:
            return sequences[0]
        if not all(_shortest(one) for one in sequences):
            raise PatternError(f"{self.source!r}: on each side of '&' must stand something that is said")
        return Node("any", parts=tuple(_spaced(order) for order in permutations(sequences)))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self.at < len(self.pieces) and self.pieces[self.at] not in "|&)":
            piece = self.pieces[self.at]
            self.at += 1
            if piece == " ":
                continue
            if piece == "?":
                if not items:
                    raise PatternError(f"{self.source!r}: nothing stands before '?'")
                last = items.pop()
                items.append(Node(last.kind, last.text, last.parts, True))
            else:
                items.append(self._item(piece))
        return Node("all", parts=tuple(items))

    def _item(self, piece: str) -> Node:
        match piece:
            case "~":
                return Node("gap", "2")
            case "…":
                return Node("gap", "6")
            case "(" | "!":
                if piece == "!" and not self._take("("):
                    raise PatternError(f"{self.source!r}: '!' needs a bracket")
                inner = self._branches()
                if not self._take(")"):
                    raise PatternError(f"{self.source!r}: a bracket is not closed")
                return inner if piece == "(" else Node("bar", parts=(inner,))
            case "<" | ">":
                return Node("edge", piece)
            case "=":
                raise PatternError(f"{self.source!r}: '=' may stand only at the beginning")
        return self._list(piece[1:-1]) if piece.startswith("{") else _token(piece.lower())

    def _list(self, name: str) -> Node:
        if name not in self.words or self.depth > 4:
            raise PatternError(f"{self.source!r} names the word list {name!r}, which does not exist")
        if not self.words[name]:
            raise PatternError(f"{self.source!r} names the word list {name!r}, which is empty")
        if name not in self.lists:
            readers = (_Reader(word, self.words, self.lists, self.depth + 1) for word in self.words[name])
            self.lists[name] = Node("any", parts=tuple(reader.whole() for reader in readers))
        return self.lists[name]

    def _take(self, piece: str) -> bool:
        if self.at < len(self.pieces) and self.pieces[self.at] == piece:
            self.at += 1
            return True
        return False


def _spaced(order: tuple[Node, ...]) -> Node:
    parts = [order[0]]
    for one in order[1:]:
        parts += [Node("gap", str(APART)), one]
    return Node("all", parts=tuple(parts))


def _token_codes(text: str, mode: str) -> list[str]:
    if len(text) > 1 or "a" <= text <= "z":
        return [code(text)]
    match mode:
        case "literal":
            return [code("=" + text)]
        case "sound":
            return [code(sound) for sound in readings(text)]
    return sorted({code("~" + blurred(sound)) for sound in readings(text)})


def _regex(node: Node, mode: str) -> str:
    match node.kind:
        case "token":
            codes = _token_codes(node.text, mode)
            built = codes[0] if len(codes) == 1 else f"[{''.join(codes)}]"
        case "gap":
            return f"[^{TURN}]{{0,{node.text}}}?"
        case "bar":
            return f"(?!{_regex(node.parts[0], mode)})"
        case "edge":
            return "()"  # where it matched is compared with the utterance's edges afterwards
        case "any":
            built = f"(?:{'|'.join(_regex(part, mode) for part in node.parts)})"
        case _:
            built = "".join(_regex(part, mode) for part in node.parts)
            built = f"(?:{built})" if node.optional else built
    return built + "?" if node.optional else built


def _shortest(node: Node) -> int:
    if node.optional or node.kind in ("gap", "bar", "edge"):
        return 0
    if node.kind == "token":
        return 1
    lengths = [_shortest(part) for part in node.parts]
    return min(lengths) if node.kind == "any" else sum(lengths)


def _edges(node: Node) -> list[bool]:
    """In the order of the regex's groups."""
    return [node.text == "<"] if node.kind == "edge" else [found for part in node.parts for found in _edges(part)]


def _needs(node: Node, mode: str) -> list[str]:
    """Codes of the tokens that stand in every wording."""
    if node.optional or node.kind in ("gap", "bar", "edge"):
        return []
    if node.kind == "token":
        codes = _token_codes(node.text, mode)
        return codes if len(codes) == 1 else []
    if node.kind == "any":
        first, *others = (_needs(part, mode) for part in node.parts)
        return [found for found in first if all(found in other for other in others)]
    return [found for part in node.parts for found in _needs(part, mode)]


def _texts(node: Node) -> list[str]:
    if node.kind == "token":
        return [node.text]
    return [] if node.kind in ("gap", "bar", "edge") else [found for part in node.parts for found in _texts(part)]


def wordings(pattern: Pattern) -> list[tuple[str, ...]]:
    """Up to VARIANTS ways to say it; none for phrases with gaps or edges, which have no wording of their own.

    Where there are more ways, they stand for no one of them all: none either.
    """
    found = list(islice(_spell(pattern.node), VARIANTS))
    return found if len(found) < VARIANTS else []


def _variants(node: Node) -> list[Variant]:
    """Some wordings in full, the shortest forms of optional parts first; wordings with gaps are left out."""
    found = []
    for words in islice(_spell(node), VARIANTS):
        if len(words) >= NEAR_FROM:
            syllables = tuple(syllable(char) for char in words)
            coded = "".join(code("~" + blurred(sound)) for sound in syllables)
            half = len(coded) // 2
            found.append(Variant(syllables, coded, (coded[:half], coded[half:])))
    return found


def _spell(node: Node) -> list[tuple[str, ...]]:
    match node.kind:
        case "token":
            # Latin words have no syllables to compare by.
            found: list[tuple[str, ...]] = [] if len(node.text) > 1 or "a" <= node.text <= "z" else [(node.text,)]
        case "gap" | "edge":
            return []
        case "bar":
            return [()]
        case "any":
            found = [words for part in node.parts for words in _spell(part)]
        case _:
            choices = [_spell(part) for part in node.parts]
            found = [sum(chosen, ()) for chosen in islice(product(*choices), VARIANTS)]
    return [(), *found] if node.optional else found
