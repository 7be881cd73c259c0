"""The folder of one Asterisk, without an Asterisk."""

from pathlib import Path

from pbx.home import Home


def test_a_log_that_grew_too_long_is_put_aside_and_only_one_is_kept(tmp_path: Path) -> None:
    home, log = Home(tmp_path), tmp_path / "log/messages"
    assert not home.turn_log()
    log.parent.mkdir()
    for text, turned in (("short", False), ("much too long", True), ("too long as well", True)):
        log.write_text(text)
        assert home.turn_log(10) is turned
    assert {file.name: file.read_text() for file in log.parent.iterdir()} == {"messages.1": "too long as well"}
