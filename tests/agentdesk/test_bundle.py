"""Joining a package's modules into one script."""

import json
from pathlib import Path

import pytest

from agentdesk.assets import Assets
from agentdesk.bundle import bundle
from core.errors import HotlineError


def package(root: Path, name: str, files: dict[str, str]) -> None:
    for place, text in files.items():
        path = root / name / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_modules_are_joined_once_with_the_browsers_variant_of_a_package(tmp_path: Path) -> None:
    package(tmp_path, "phone", {"lib/a.js": "require('./b'); require('../package.json'); require('loud')",
                                "lib/b.js": "require('loud')", "package.json": '{"version": "1"}'})  # fmt: skip
    package(tmp_path, "loud", {"package.json": json.dumps({"main": "node.js", "browser": "./web.js"}), "web.js": "WEB"})
    script = bundle(tmp_path, "phone/lib/a.js", "Phone")
    assert script.count("WEB") == 1
    assert '{"./b": "phone/lib/b.js", "../package.json": "phone/package.json", "loud": "loud/web.js"}' in script
    assert 'globalThis.Phone = load("phone/lib/a.js");' in script


def test_missing_packages_are_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(HotlineError, match="npm ci"):
        Assets(tmp_path)
