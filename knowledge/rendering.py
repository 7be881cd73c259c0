"""Articles as HTML: Markdown without HTML of its own and without pictures, links in a tab of their own. Pure."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict


def html_of(text: str) -> str:
    """Safe to be put into a page: what looks like HTML is shown as text."""
    return str(_renderer().render(text))


class _Renderer(RendererHTML):
    def link_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        tokens[at].attrSet("target", "_blank")
        tokens[at].attrSet("rel", "noopener noreferrer")
        return self.renderToken(tokens, at, options, env)

    def heading_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        """Below the article's title, which is the page's third level."""
        tokens[at].tag = f"h{min(int(tokens[at].tag[1]) + 2, 6)}"
        return self.renderToken(tokens, at, options, env)

    heading_close: Any = heading_open


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("js-default", {"html": False, "linkify": False}, renderer_cls=_Renderer).disable("image")
