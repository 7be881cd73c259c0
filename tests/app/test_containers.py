"""Containers run what the bare machine runs: same commands, same settings, same packages."""

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.cli import COMMANDS
from app.prepare import SITE_PACKAGES
from core.settings import PREFIX, ROOT, Settings
from pbx import debian

COMPOSE = YAML(typ="safe", pure=True).load(ROOT / "docker-compose.yml")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "hotline"}


def settings_in(environment: dict[str, Any]) -> set[str]:
    return {name for name in environment if name.startswith(PREFIX)}


@pytest.mark.parametrize("name", OURS)
def test_each_service_of_ours_runs_a_command_there_is_with_settings_there_are(name: str) -> None:
    service = OURS[name]
    assert service["command"][0] in COMMANDS
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    assert settings_in(service["environment"]) <= known
    written = re.findall(r"HOTLINE_[A-Z_]+(?==)", DOCKERFILE)
    assert written
    assert set(written) <= known


def test_the_database_address_of_the_compose_file_can_be_used() -> None:
    given = OURS["app"]["environment"]["HOTLINE_DATABASE_URL"].replace("${POSTGRES_PASSWORD:?choose one}", "chosen")
    address = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", given)
    assert Settings(database_url=address).database == address


def test_no_password_of_the_compose_file_is_known_to_everybody() -> None:
    assert re.findall(r"PASSWORD:-", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")) == []


def test_the_image_holds_the_asterisk_that_a_bare_machine_would_fetch() -> None:
    assert f"FROM debian:{debian.SUITE} AS asterisk" in DOCKERFILE
    installed = re.search(r"install -y --no-install-recommends (asterisk.*?) \\", DOCKERFILE)
    assert installed
    assert tuple(installed[1].split()) == debian.PACKAGES
    assert f"touch /{debian.STAMP}" in DOCKERFILE
    assert "RUN ./hotline prepare" in DOCKERFILE


def test_whoever_runs_asterisk_may_give_it_real_time_priority() -> None:
    runs_it = [service for service in OURS.values() if service["command"] == ["asterisk"]]
    assert [service["cap_add"] for service in runs_it] == [["SYS_NICE"]]


def test_a_site_in_containers_can_be_backed_up() -> None:
    clients = {"12": 15}  # Debian → the version of its postgresql-client
    debian_of_ours = re.findall(r"^FROM debian:(\S+)$", DOCKERFILE, re.MULTILINE)
    server = COMPOSE["services"]["postgres"]["image"].removeprefix("postgres:")
    assert "postgresql-client" in SITE_PACKAGES
    assert int(server) <= clients[debian_of_ours[-1]]  # pg_dump refuses a newer server
    assert "backup:/backup" in OURS["app"]["volumes"]
    assert "backup" in COMPOSE["volumes"]


def test_every_service_that_others_wait_for_can_say_that_it_is_healthy() -> None:
    for service in COMPOSE["services"].values():
        for awaited, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert COMPOSE["services"][awaited]["healthcheck"]["test"]
