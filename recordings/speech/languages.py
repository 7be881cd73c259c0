"""Which speech model hears which language, from `config/models.yaml`, and the engines made of them."""

from pathlib import Path
from threading import Lock

from pydantic import BaseModel, ConfigDict, Field

from core import yamlfile
from core.errors import ConfigError
from core.rulebook import Rulebook
from core.tongues import names_of
from recordings.speech.recognise import OPEN_IT, Recognizer, VoskRecognizer

FILE = "models.yaml"
TEST_NOTE = "test model: understands the synthetic test voice, not people"


class SpeechModel(BaseModel):
    """A Vosk model directory; `test` marks one that has never heard a person."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    path: Path
    rate: int = Field(default=16000, ge=8000, le=48000)
    test: bool = False
    menus: bool | None = None

    @property
    def in_menus(self) -> bool:
        """Whether callers may speak to the menus: by default wherever the model understands people."""
        return not self.test if self.menus is None else self.menus

    @property
    def note(self) -> str:
        return TEST_NOTE if self.test else ""


class SpeechModels(Rulebook):
    """Models by language tag; `zh` serves `zh-CN`, `zh_CN` and `ZH` as well."""

    models: dict[str, SpeechModel]

    @property
    def in_menus(self) -> frozenset[str]:
        return frozenset(language for language, model in self.models.items() if model.in_menus)

    def of(self, language: str) -> SpeechModel | None:
        return next((self.models[name] for name in names_of(language) if name in self.models), None)


def read(config_dir: Path, text: str | None = None) -> SpeechModels:
    """The models that a site names in its file, or in a published text, with absolute paths, whether they are there
    or not; raises ConfigError."""
    found = yamlfile.load(config_dir / FILE, SpeechModels) if text is None else _said(text)
    placed = {
        language: model.model_copy(update={"path": (config_dir / model.path).resolve()})
        for language, model in found.models.items()
    }
    return SpeechModels(models=placed)


def load(config_dir: Path, text: str | None = None) -> SpeechModels:
    """The same; raises ConfigError with the line of a directory that is missing or cannot be read as well."""
    found, file = read(config_dir, text), config_dir / FILE if text is None else Path(FILE)
    for language, model in found.models.items():
        try:
            if is_there(model.path):
                continue
            problem = f"the model of {language} is not at {model.path}"
            remedy = "fetch it with `hotline models fetch`, give the directory of another one, or remove the language"
        except OSError as fault:
            problem = f"the model of {language} at {model.path} cannot be read ({fault.strerror})"
            remedy = OPEN_IT
        said = yamlfile.read(file) if text is None else text
        raise ConfigError(file, yamlfile.line_of(yamlfile.outline(said), ("models", language, "path")), problem, remedy)
    return found


def is_there(directory: Path) -> bool:
    """Raises OSError for a directory that nobody lets us look into."""
    try:
        next(directory.iterdir(), None)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


class Engines:
    """Recognisers by language, each model loaded once, when first needed. For use from threads.

    `models` may become others: what they name counts from the next call on.
    """

    def __init__(self, models: SpeechModels) -> None:
        self.models = models
        self._loaded: dict[Path, Recognizer] = {}
        self._lock = Lock()

    def knows(self, language: str) -> bool:
        """Whether a model is named for the language; it may still be one that cannot be loaded."""
        return self.models.of(language) is not None

    def languages(self) -> tuple[str, ...]:
        """Those that a model is named for."""
        return tuple(self.models.models)

    def of(self, language: str) -> Recognizer | None:
        """None when there is no model for the language; raises NoEngine when its model cannot be loaded."""
        named = self.models.as_now()
        model = named.of(language)
        if model is None:
            return None
        with self._lock:
            paths = {each.path for each in named.models.values()}
            self._loaded = {path: engine for path, engine in self._loaded.items() if path in paths}
            if model.path not in self._loaded:
                self._loaded[model.path] = VoskRecognizer(model.path, rate=model.rate, note=model.note)
            return self._loaded[model.path]


def _said(text: str) -> SpeechModels:
    return yamlfile.loads(text, Path(FILE), SpeechModels)
