"""One script out of an npm package's modules, for a browser: packages that ship no ready-made file are joined here."""

import json
import posixpath
import re
from pathlib import Path, PurePosixPath

_REQUIRED = re.compile(r"""\brequire\(\s*['"]([^'"]+)['"]\s*\)""")
_LOADER = """(() => {
const made = {};
const load = (name) => {
  if (!made[name]) {
    made[name] = { exports: {} };
    const [ways, run] = modules[name];
    run.call(made[name].exports, made[name], made[name].exports, (wanted) => load(ways[wanted]));
  }
  return made[name].exports;
};
const modules = {"""


def bundle(node_modules: Path, entry: str, name: str) -> str:
    """A script that sets `globalThis.NAME` to what the CommonJS module `entry` exports.

    Raises OSError when a file is missing. Only fixed names in `require` are followed.
    """
    parts: dict[str, str] = {}
    _take(node_modules, entry, parts)
    modules = ",\n".join(parts.values())
    return f"{_LOADER}\n{modules}\n}};\nglobalThis.{name} = load({json.dumps(entry)});\n}})();\n"


def _take(root: Path, place: str, parts: dict[str, str]) -> None:
    """Add the module at `place` and all it needs."""
    if place in parts:
        return
    text = (root / place).read_text(encoding="utf-8")
    if place.endswith(".json"):
        parts[place] = f"{json.dumps(place)}: [{{}}, (module) => {{ module.exports = {text}; }}]"
        return
    ways = {wanted: _found(root, place, wanted) for wanted in dict.fromkeys(_REQUIRED.findall(text))}
    parts[place] = f"{json.dumps(place)}: [{json.dumps(ways)}, function (module, exports, require) {{\n{text}\n}}]"
    for each in ways.values():
        _take(root, each, parts)


def _found(root: Path, place: str, wanted: str) -> str:
    """The file that `wanted` means in the module at `place`, below `root`."""
    if wanted.startswith("."):
        return _file(root, posixpath.normpath(PurePosixPath(place).parent / wanted))
    package = json.loads((root / wanted / "package.json").read_text(encoding="utf-8"))
    browser = package.get("browser")
    main = browser if isinstance(browser, str) else package.get("main", "index.js")
    return _file(root, posixpath.normpath(PurePosixPath(wanted) / main))


def _file(root: Path, place: str) -> str:
    choices = (place, f"{place}.js", f"{place}/index.js")
    return next((each for each in choices if (root / each).is_file()), place)
