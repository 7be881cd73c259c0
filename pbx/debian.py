"""The bundled Asterisk: a Debian userland beside the machine's own, from the machine's own package mirror."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import HotlineError

SUITE = "forky"
PACKAGES = ("asterisk", "asterisk-core-sounds-en", "asterisk-moh-opsound-wav")
STAMP = "hotline-complete"
DPKG_OPTIONS = "force-unsafe-io\npath-exclude /usr/share/doc/*\npath-exclude /usr/share/man/*\n"
"""It can be made again, so it need not survive a power cut halfway; and nobody reads its manuals."""
LOG_TAIL = 300
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

_ONE_LINE = re.compile(r"^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+\s+(.*)$")
Say = Callable[[str], None]


def mirror(apt: Path = Path("/etc/apt")) -> str:
    """The first Debian archive (not security) with component main in apt's sources, both formats."""
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    for file in files:
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        pairs = _stanzas(text) if file.suffix == ".sources" else _lines(text) if file.suffix == ".list" else []
        for address, components in pairs:
            if "main" in components and _is_debian(address):
                return address.rstrip("/")
    raise HotlineError("apt's sources name no Debian archive", f"add one to {apt / 'sources.list.d'}")


def build(rootfs: Path, say: Say, lock: int) -> None:
    """Make `rootfs` with Asterisk in it; whatever is interrupted never takes that name.

    The descriptor `lock` goes to the programs run: when we are killed, they go on, and the next must wait for them.
    """
    if os.geteuid() != 0:
        raise HotlineError("preparing Asterisk needs root", "run `./hotline prepare` once as root")
    if not shutil.which("debootstrap", path=SYSTEM_PATH):
        raise HotlineError("debootstrap is missing", "run `apt-get install debootstrap`")
    address = mirror()
    half = rootfs.with_name(f"{rootfs.name}.half")
    _remove(half)
    half.parent.mkdir(parents=True, exist_ok=True)
    say(f"Asterisk: fetching a Debian {SUITE} userland (about 30 s)")
    script = Path("/usr/share/debootstrap/scripts/sid")
    trust = ["--include=ca-certificates"] if address.startswith("https:") else []
    fetch = ["debootstrap", "--variant=minbase", *trust, SUITE, str(half), address, str(script)]
    _run(fetch, f"the mirror {address}", half, lock)
    say("Asterisk: installing it there (about 20 s)")
    # No service may start in there: they would be the machine's, on its ports.
    policy = half / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    (half / "etc/dpkg/dpkg.cfg.d/hotline").write_text(DPKG_OPTIONS)
    # A mirror that lags behind has an expired date on its lists; their signature is checked all the same.
    update = ["apt-get", "-o", "Acquire::Check-Valid-Until=false", "update"]
    _run(["chroot", str(half), *update], f"the mirror {address}", half, lock)
    _run(
        ["chroot", str(half), "apt-get", "install", "-y", "--no-install-recommends", *PACKAGES],
        f"the packages of {address}",
        half,
        lock,
    )
    shutil.rmtree(half / "var/cache/apt/archives", ignore_errors=True)
    (half / STAMP).write_text(f"{SUITE}\n")
    _remove(rootfs)
    half.rename(rootfs)


def complete(rootfs: Path) -> bool:
    """Whether a preparation has reached its end there."""
    return (rootfs / STAMP).is_file()


def triplet() -> tuple[str, str]:
    """This machine's Debian library folder and the path of the dynamic loader."""
    match platform.machine():
        case "x86_64":
            return "x86_64-linux-gnu", "lib64/ld-linux-x86-64.so.2"
        case "aarch64":
            return "aarch64-linux-gnu", "lib/ld-linux-aarch64.so.1"
        case other:
            raise HotlineError(f"no bundled Asterisk for {other}", "install Asterisk 20 or later yourself")


def _run(command: list[str], needs: str, half: Path, lock: int) -> None:
    environment = {"PATH": SYSTEM_PATH, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    proxies = _proxy() | {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    done = subprocess.run(
        command, env=environment | proxies, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        pass_fds=(lock,),
    )  # fmt: skip
    if done.returncode:
        told = [line for line in done.stdout.splitlines() if re.match(r"E: |W: Failed|.*[Nn]o space", line)]
        why = " / ".join(told[-3:])[-LOG_TAIL:] or done.stdout.strip()[-LOG_TAIL:].replace("\n", " / ")
        _remove(half)
        raise HotlineError(f"preparing Asterisk failed at {command[0]}: {why}", f"check {needs}, then start again")


def _proxy() -> dict[str, str]:
    """The proxy the machine's apt uses: neither debootstrap nor the apt in the new userland knows its settings."""
    tool = shutil.which("apt-config", path=SYSTEM_PATH)
    if not tool:
        return {}
    asked = [tool, "shell", "address", "Acquire::http::Proxy"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    address = told.strip().removeprefix("address=").strip("'")
    return {"http_proxy": address} if address and address != "DIRECT" else {}


def _remove(folder: Path) -> None:
    for mount in ("proc", "sys", "dev/pts"):
        if os.path.ismount(folder / mount):
            subprocess.run(["umount", str(folder / mount)], check=True)
    if folder.exists():
        shutil.rmtree(folder)


def _is_debian(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in {"http", "https"} and parts.path.rstrip("/").endswith("/debian")


def _lines(text: str) -> list[tuple[str, list[str]]]:
    found = (_ONE_LINE.match(line.split("#")[0]) for line in text.splitlines())
    return [(match[1], match[2].split()) for match in found if match]


def _stanzas(text: str) -> list[tuple[str, list[str]]]:
    pairs: list[tuple[str, list[str]]] = []
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.lstrip().startswith("#")]
        joined = re.sub(r"\n\s+", " ", "\n".join(lines))
        fields = {key.strip().lower(): value for key, _, value in (line.partition(":") for line in joined.splitlines())}
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").strip().lower() == "no":
            continue
        components = fields.get("components", "").split()
        pairs += [(address, components) for address in fields.get("uris", "").split()]
    return pairs
