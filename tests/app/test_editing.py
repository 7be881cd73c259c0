"""Files edited by hand while the centre runs: each for itself, and what was wrong is told until it is right."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.editing import AGAIN, EditedFiles, Wrong
from core.errors import BadInput, NotFound


class Site:
    """Two settings; `faults` says what happens to those who read a text."""

    def __init__(self, folder: Path) -> None:
        self.paths = {name: folder / f"{name}.yaml" for name in ("breaks", "models")}
        for name in self.paths:
            self.write(name, "first")
        self.wrong: dict[str, str] = {}
        self.faults: dict[str, Exception] = {}
        self.live: dict[str, str] = {}

    def files(self, began: Wrong | None = None) -> EditedFiles:
        return EditedFiles(lambda: self.paths, self.read, self.text, self.wrong, began or {})

    async def read(self, name: str, text: str) -> object:
        if text in self.faults:
            raise self.faults[text]
        if self.live.get(name) == text:
            return None
        self.live[name] = text
        return text

    async def text(self, name: str) -> str:
        if name not in self.live:
            raise NotFound(f"there is no {name}")
        return self.live[name]

    def write(self, name: str, text: str) -> None:
        self.paths[name].write_text(text, encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_file_that_names_what_cannot_be_read_keeps_no_other_from_being_taken(site: Site) -> None:
    files = site.files()
    site.faults["closed"] = PermissionError(13, "Permission denied", "/closed/model")
    site.paths = dict(reversed(site.paths.items()))  # the unreadable one comes first
    site.write("models", "closed")
    site.write("breaks", "second")
    assert await files.look() == ["breaks"]
    assert site.wrong == {
        "models": f"{site.paths['models']}: cannot be read: [Errno 13] Permission denied: '/closed/model': "
        "check its path and rights"
    }  # fmt: skip


async def test_a_fault_that_was_shown_goes_with_a_text_that_is_right(site: Site) -> None:
    files = site.files()
    site.faults = {"spoilt": BadInput("not valid YAML"), "closed": PermissionError("closed")}
    for text in ("spoilt", "closed"):
        site.write("models", text)
        assert await files.look() == []
    assert "not valid YAML" not in site.wrong["models"]
    del site.faults["closed"]
    site.paths["models"].touch()
    assert await files.look() == ["models"]
    assert site.wrong == {}


async def test_a_fault_outside_of_the_text_goes_in_time_though_nobody_touches_the_file(site: Site) -> None:
    files = site.files()
    site.faults["closed"] = BadInput("the model of zh is not at /closed")
    site.write("models", "closed")
    with capture_logs() as logs:
        for _ in range(AGAIN * 2):
            assert await files.look() == []
        assert len(logs) == 1
    site.faults.clear()
    assert [name for _ in range(AGAIN) for name in await files.look()] == ["models"]
    assert site.wrong == {}


async def test_what_was_wrong_for_what_another_file_did_not_say_is_taken_with_it(site: Site) -> None:
    files = site.files()
    site.faults["names a queue"] = BadInput("there is no queue 'loans'")
    site.write("breaks", "names a queue")
    assert await files.look() == []
    read = site.read

    async def taken(name: str, text: str) -> object:
        if text == "has the queue":
            site.faults.clear()
        return await read(name, text)

    files._read = taken
    site.write("models", "has the queue")
    assert await files.look() == ["models", "breaks"]
    assert site.wrong == {}


async def test_a_file_that_is_taken_away_is_missed_once_until_it_is_back(site: Site) -> None:
    files = site.files()
    (kept := site.paths["breaks"].with_suffix(".kept")).hardlink_to(site.paths["breaks"])
    site.paths["breaks"].unlink()
    with capture_logs() as logs:
        for _ in range(AGAIN):
            assert await files.look() == []
    told = f"{site.paths['breaks']}: the file is missing: put it back, with the text that /settings shows"
    assert ([each["why"] for each in logs], site.wrong) == ([told], {"breaks": told})
    site.live["breaks"] = "first"
    kept.rename(site.paths["breaks"])
    assert await files.look() == []
    assert site.wrong == {}


async def test_a_file_that_was_missing_at_the_start_is_missed_until_it_is_there(site: Site) -> None:
    site.paths["breaks"].unlink()
    files = site.files({site.paths["breaks"]: BadInput("the file is missing")})
    assert await files.look() == []
    assert site.wrong == {"breaks": "the file is missing"}
    site.write("breaks", "first")
    assert await files.look() == ["breaks"]
    assert site.wrong == {}


async def test_what_the_database_does_not_take_now_is_tried_again(site: Site) -> None:
    files = site.files()
    site.faults["second"] = RuntimeError("no database")
    site.write("breaks", "second")
    with pytest.raises(RuntimeError):
        await files.look()
    site.faults.clear()
    assert await files.look() == ["breaks"]


async def test_a_file_that_was_away_for_a_moment_does_not_undo_what_was_published_on_its_page(site: Site) -> None:
    files = site.files()
    site.live["breaks"] = "of the page"
    kept = site.paths["breaks"].rename(site.paths["breaks"].with_suffix(".kept"))
    assert await files.look() == []
    kept.rename(site.paths["breaks"])
    assert await files.look() == []
    assert (site.wrong, site.live) == ({}, {"breaks": "of the page"})


async def test_a_refused_text_counts_no_more_when_another_was_published_since(site: Site) -> None:
    files = site.files()
    site.faults["names a queue"] = BadInput("there is no queue 'loans'")
    site.write("breaks", "names a queue")
    assert await files.look() == []
    site.live["breaks"] = "of the page"
    site.faults.clear()
    site.paths["breaks"].touch()
    assert [name for _ in range(AGAIN) for name in await files.look()] == []
    site.write("breaks", "later")
    assert await files.look() == ["breaks"]
    assert (site.wrong, site.live["breaks"]) == ({}, "later")
