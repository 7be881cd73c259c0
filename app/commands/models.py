"""Command line of speech models: `hotline models list|fetch|use`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app.datadir import told
from core.errors import BadInput
from core.settings import Settings
from recordings.speech import languages, modelfile
from recordings.speech.languages import SpeechModel

app = typer.Typer(help="Speech models.")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
Config = Annotated[Path | None, typer.Option("--config", help="The configuration directory.")]
Data = Annotated[Path | None, typer.Option("--data", readable=False, help="The centre's data directory.")]


@app.command("list")
def list_models(as_json: AsJson = False, config: Config = None) -> None:
    """Which model hears which language."""
    found = languages.read(config or Settings().config_dir).models
    if as_json:
        rows = {
            language: {"path": str(model.path), "rate": model.rate, "test": model.test, "note": _note(model)}
            for language, model in found.items()
        }
        print(json.dumps({"models": rows}, ensure_ascii=False))
        return
    for language, model in sorted(found.items()):
        print(f"{language}  {model.path}  {model.rate} Hz  {_note(model)}".rstrip())
    if any(model.test for model in found.values()):
        print("For people's speech: hotline models fetch ARCHIVE, then hotline models use LANGUAGE DIRECTORY")


def _note(model: SpeechModel) -> str:
    try:
        return model.note if languages.is_there(model.path) else "IS NOT THERE: its calls wait to be heard"
    except OSError as fault:
        return f"CANNOT BE READ ({fault.strerror}): its calls wait to be heard"


@app.command()
def fetch(
    source: Annotated[str, typer.Argument(help="A Vosk model archive (.zip): an http(s) address or a file.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Bring a model into the data directory."""
    home = (data or Settings().data_dir).absolute()
    with told(home):
        target = modelfile.fetch(source, home / "models")
    print(json.dumps({"path": str(target)}) if as_json else f"{target}\nNow: hotline models use LANGUAGE {target}")


@app.command()
def use(
    language: Annotated[str, typer.Argument(help="The language it hears, such as zh or en.")],
    directory: Annotated[Path, typer.Argument(help="The unpacked model.")],
    rate: Annotated[int, typer.Option(min=8000, max=48000, help="The sampling rate it was trained for.")] = 16000,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Let a model hear a language from the next call on; calls that waited for one are heard as well."""
    if len(language) < 2:
        raise BadInput(f"{language!r} is no language", "give for example zh or en")
    model = modelfile.use(config or Settings().config_dir, language, directory, rate)
    told = f"{language} is heard by {model.path} from the next call on, and so are calls that waited for a model"
    print(json.dumps({"language": language, "path": str(model.path), "rate": rate}) if as_json else told)
