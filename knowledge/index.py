"""Full-text search over articles by BM25, built in memory: the same on every database. Pure.

BM25 as in Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with the fields' counts weighted
before saturation, as in their BM25F.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from math import log

from knowledge import tokens
from knowledge.article import Article

K1, B = 1.2, 0.6
TITLE, KEYWORDS, BODY, SOUND = 4.0, 4.0, 1.0, 2.0
"""What a token counts by where it stands."""
LEAST_PREFIX, MOST_WORDS = 2, 40
"""Letters of a word that is still being typed, and how many words it may become."""
MARKUP = re.compile(r"[#*_`>|\[\]]+|^\s*(?:[-+]|\d+\.)\s+", re.M)
SAID = 90
"""Characters of a text that show where the words stand."""


class Index:
    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles
        self._plain = [plain(each.text) for each in articles]
        self._postings: dict[str, list[tuple[int, float]]] = {}
        self._lengths: list[float] = []
        for place, article in enumerate(articles):
            counts = _counts(article, self._plain[place])
            self._lengths.append(sum(counts.values()))
            for token, count in counts.items():
                self._postings.setdefault(token, []).append((place, count))
        self._words = sorted(self._postings)
        self._mean = sum(self._lengths) / len(self._lengths) if self._lengths else 1.0

    def search(self, query: str) -> list[tuple[Article, float]]:
        """With their scores, the best first; articles in which most of what was asked is missing are left out."""
        wanted = tokens.asked(query)
        scores: defaultdict[int, float] = defaultdict(float)
        matched: defaultdict[int, int] = defaultdict(int)
        for token in wanted:
            best: dict[int, float] = {}
            for known in self._meant(token, last=token == wanted[-1]):
                for place, score in self._scored(known):
                    best[place] = max(best.get(place, 0.0), score)
            for place, score in best.items():
                scores[place] += score
                matched[place] += 1
        enough = len(wanted) / 2
        found = sorted((-score, place) for place, score in scores.items() if matched[place] >= enough)
        return [(self._articles[place], -score) for score, place in found]

    def _meant(self, token: str, *, last: bool) -> list[str]:
        """The token; of a Latin word that is still typed also those that begin so."""
        if not (last and token.isascii() and len(token) >= LEAST_PREFIX):
            return [token]
        begin = bisect_left(self._words, token)
        return [known for known in self._words[begin : begin + MOST_WORDS] if known.startswith(token)]

    def _scored(self, token: str) -> list[tuple[int, float]]:
        those = self._postings.get(token, [])
        rarity = log(1 + (len(self._articles) - len(those) + 0.5) / (len(those) + 0.5))
        return [
            (place, rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * self._lengths[place] / self._mean)))
            for place, count in those
        ]

    def said(self, article: Article, query: str) -> str:
        """Its text around the first of what was asked."""
        text, wanted = self._plain[self._articles.index(article)], tokens.asked(query)
        low = text.lower()
        at = min((low.find(each) for each in wanted if each in low), default=0)
        begin = max(0, at - SAID // 4)
        return ("…" if begin else "") + text[begin : begin + SAID] + ("…" if begin + SAID < len(text) else "")


def plain(text: str) -> str:
    """Markdown as one line of words."""
    return " ".join(MARKUP.sub("", text).split())


def _counts(article: Article, body: str) -> dict[str, float]:
    facts, counts = article.facts, defaultdict[str, float](float)
    keywords = " ".join(facts.keywords)
    for text, weight in ((facts.title, TITLE), (keywords, KEYWORDS), (body, BODY)):
        for token in tokens.indexed(text):
            counts[token] += weight
    for token in tokens.sounds(f"{facts.title} {keywords}"):
        counts[token] += SOUND
    return counts
