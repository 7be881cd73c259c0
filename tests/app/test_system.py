"""The system page: settings without their secrets and where they are set, certificates, room, and who may look."""

import base64
import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agentdesk.reading.switchwatch import SwitchWatch
from agentdesk.reading.system import bytes_words, room_state, without_secrets
from app.system import asterisk, certificates, database, engine, given, sealing
from core.bus import Bus
from core.database import Database
from core.lease import KEPT
from core.leasing import EngineRow
from core.settings import Settings
from pbx.home import Home
from tests.app.test_rights import ground

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def _certificate(path: Path, ends: dt.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "desk.bank.example")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, ends - dt.timedelta(days=365), ends)
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        (
            "database_url",
            "postgresql+asyncpg://hotline:se:cret@db/hotline?password=x",
            "postgresql+asyncpg://…@db/hotline",
        ),
        ("redis_url", "redis://:secret@cache:6379/0", "redis://…@cache:6379/0"),
        ("smtp_url", "smtp+starttls://me:secret@mail:587", "smtp+starttls://…@mail:587"),
        ("storage_options", '{"key": "AK", "secret": "SK"}', "key: …, secret: …"),
        ("storage_options", "secret", "…"),
        ("ice_servers", '[{"urls": ["turn:t.example"], "credential": "secret"}]', "turn:t.example"),
        ("web_port", "8080", "8080"),
    ],
)
def test_no_secret_of_a_setting_is_shown(name: str, value: str, shown: str) -> None:
    assert without_secrets(name, value) == shown


def test_a_key_file_that_the_next_start_could_not_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    assert (sealing("").state, sealing(str(path)).state) == ("", "poor")
    assert "missing" in sealing(str(path)).fault
    path.write_text(f"first: {base64.b64encode(bytes(32)).decode()}\n", encoding="ascii")
    path.chmod(0o644)
    assert "open to other users" in sealing(str(path)).fault
    path.chmod(0o600)
    assert (sealing(str(path)).state, sealing(str(path)).told) == ("good", str(path))


def test_a_setting_says_where_it_is_set() -> None:
    settings = Settings(web_port=9000, sip_port=5070)
    found = {each.name: (each.value, each.where) for each in given(settings, {"HOTLINE_SIP_PORT": "5070"})}
    assert found["HOTLINE_SIP_PORT"] == ("5070", "environment")
    assert found["HOTLINE_WEB_PORT"] == ("9000", "start")
    assert found["HOTLINE_WORKERS"] == ("1", "default")
    assert set(found) == {f"HOTLINE_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize(("days", "state"), [(90.5, "good"), (12.5, "fair"), (-1.5, "poor")])
def test_a_certificate_that_a_setting_names_tells_how_long_it_holds(tmp_path: Path, days: float, state: str) -> None:
    _certificate(tmp_path / "cert.pem", NOW + dt.timedelta(days=days))
    found = certificates(Settings(key_file=str(tmp_path / "cert.pem")), NOW.timestamp())
    assert [(each.setting, each.subject, each.days, each.state) for each in found] == [
        ("HOTLINE_KEY_FILE", "desk.bank.example", days, state)
    ]
    (tmp_path / "cert.pem").write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    assert certificates(Settings(key_file=str(tmp_path / "cert.pem")), NOW.timestamp()) == ()


def test_little_room_is_told_before_there_is_none() -> None:
    assert [room_state(free << 20, 500 << 30) for free in (100, 1000, 10_000, 100_000)] == [
        "poor",
        "fair",
        "fair",
        "good",
    ]
    assert [bytes_words(count) for count in (5, 5_000_000, 12_340_000_000)] == ["5 B", "5 MB", "12.3 GB"]


async def test_an_engine_that_has_not_renewed_its_lease_and_a_database_that_takes_nothing_are_poor(
    tmp_path: Path,
) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    await db.create_all()
    async with db.transaction() as tx:
        tx.session.add(EngineRow(id=1, beat_at=100.0, epoch=1, holder="me", place="here"))
    assert [(await engine(db, 100.0 + late)).state for late in (KEPT, KEPT + 1)] == ["good", "poor"]
    assert (await database(db, stores=True)).state == "good"
    full = await database(db, stores=False)
    assert (full.state, full.fault) == ("poor", "nothing can be stored: see to the database and its disk")
    await db.close()


async def test_the_asterisk_that_runs_now_is_shown_and_none_where_none_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = ground(tmp_path)
    switch = SwitchWatch()
    monkeypatch.setattr(Home, "running", lambda _home: 4711)
    assert asterisk(standing, switch).told.endswith("pid 4711")
    monkeypatch.setattr(Home, "running", lambda _home: 0)
    assert asterisk(standing, switch).told.endswith("pid –")
    await standing.db.close()
