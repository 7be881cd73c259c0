"""Page rendering: Jinja2 templates with gettext, one environment per language, catalogues read from their .po text."""

import asyncio
import gettext
import io
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined

SOURCE_LANGUAGE = "en"
Translate = Callable[[str], str]
MakeFilters = Callable[[Translate], Mapping[str, Callable[..., Any]]]


class Pages:
    """Renders a template in a language; values are escaped, a name that is not given is an error.

    `filters` are made for each language from its translation function, so that they can speak it.
    """

    def __init__(
        self,
        templates: Sequence[Path],
        locales: Path,
        languages: Sequence[str],
        filters: MakeFilters | None = None,
    ) -> None:
        self.languages = tuple(languages)
        made = {each: _environment(tuple(templates), locales, each, filters) for each in self.languages}
        self._environments = {language: environment for language, (environment, _) in made.items()}
        self._translators = {language: translate for language, (_, translate) in made.items()}
        self._compiled: set[tuple[str, str]] = set()

    def translator(self, language: str) -> Translate:
        """What puts a text of the catalogue into a language, outside a template."""
        return self._translators.get(language) or self._translators[self.languages[0]]

    def render(self, template: str, language: str, **context: Any) -> str:
        """HTML of `template`; a language we do not have is answered in the first one."""
        environment = self._environments.get(language) or self._environments[self.languages[0]]
        return environment.get_template(template).render(language=language, **context)

    async def rendered(self, template: str, language: str, **context: Any) -> str:
        """Like `render`, without stopping the loop: the first time a template is compiled, so in a thread."""
        key = (template, language)
        if key in self._compiled:
            return self.render(template, language, **context)
        html = await asyncio.to_thread(self.render, template, language, **context)
        self._compiled.add(key)
        return html


@cache
def _environment(
    templates: tuple[Path, ...], locales: Path, language: str, filters: MakeFilters | None
) -> tuple[Environment, Translate]:
    """One for all who ask for the same, so that a template is compiled once."""
    catalogue = load_catalogue(locales, language)
    environment = Environment(
        loader=FileSystemLoader(list(templates)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    if filters is not None:
        environment.filters.update(filters(catalogue.gettext))
    return environment, catalogue.gettext


def load_catalogue(locales: Path, language: str) -> gettext.NullTranslations:
    """The catalogue `<locales>/<language>.po`; the source language needs none."""
    path = locales / f"{language}.po"
    if language == SOURCE_LANGUAGE and not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as text:
        catalogue = read_po(text, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
