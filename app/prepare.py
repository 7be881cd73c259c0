"""What this machine needs before the centre or its tests can run; each step is skipped when it is done."""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import HotlineError
from core.settings import ROOT
from pbx.provision import AsteriskProgram, provide
from pbx.state import locked, state_root

BASE_PACKAGES = {"debootstrap": "debootstrap", "espeak-ng": "espeak-ng", "sox": "sox", "ffmpeg": "ffmpeg"}
SITE_PACKAGES = {"postgresql-client": "pg_dump"}
"""What a centre starts without: it backs up a database that is PostgreSQL."""
TEST_PACKAGES = {
    "chromium": "chromium",
    "fonts-noto-cjk": "",
    "postgresql": "pg_ctlcluster",
    "redis-server": "redis-server",
    "sip-tester": "sipp",
}
"""Debian package → a program it brings, looked for where there is no dpkg."""

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_TEXT = "#!/bin/sh\n# hotline: no service starts while packages are being installed\nexit 101\n"
APT = ["apt-get", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
Say = Callable[[str], None]


def prepare_base(say: Say) -> AsteriskProgram:
    """Debian packages, the pages' scripts and Asterisk: what `up` and `demo` need. Raises HotlineError."""
    install_packages(BASE_PACKAGES, say)
    install_scripts(say)
    return provide(say)


def prepare_site(say: Say) -> AsteriskProgram:
    """All of `prepare_base`, and what is needed to look after a site. Raises HotlineError."""
    program = prepare_base(say)
    install_packages(SITE_PACKAGES, say)
    return program


def prepare_tests(say: Say) -> AsteriskProgram:
    """All of `prepare_base`, and browser, databases and SIP generator for the tests. Raises HotlineError."""
    install_packages(BASE_PACKAGES | TEST_PACKAGES, say)
    install_scripts(say)
    return provide(say)


def install_packages(packages: dict[str, str], say: Say) -> None:
    """Install with apt-get those that are missing."""
    if not missing(packages):
        return
    if not shutil.which("apt-get"):
        raise HotlineError(f"{', '.join(missing(packages))} missing", "install them; only Debian is served by itself")
    if os.geteuid() != 0:
        names = " ".join(missing(packages))
        raise HotlineError(f"Debian packages are missing: {names}", f"run `apt-get install {names}` as root")
    with locked(state_root() / "apt.lock"), _no_services():
        wanted = missing(packages)
        if wanted:
            say(f"installing Debian packages: {' '.join(wanted)}")
            _apt(["dpkg", "--configure", "-a"])
            # One unreachable source of several is no reason to give up: what matters is whether the install works.
            complaint = _apt([*APT, "update"], must=False)
            if complaint:
                say(f"apt-get update: {complaint}")
            _apt([*APT, "install", *wanted])


def missing(packages: dict[str, str]) -> list[str]:
    """Those not installed, in their order."""
    if not shutil.which("dpkg-query"):
        return [name for name, program in packages.items() if program and not shutil.which(program)]
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *packages],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    present = {line.split()[0] for line in asked.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in packages if name not in present]


def install_scripts(say: Say) -> None:
    """Fill node_modules from package-lock.json when that changed, with the npm that came with our Python packages."""
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    stamp = ROOT / "node_modules" / ".filled"
    if _text(stamp) == wanted:
        return
    with locked(ROOT / "var/npm.lock"):
        if _text(stamp) == wanted:
            return
        say("fetching the pages' scripts")
        folder = Path(sys.executable).parent
        home = os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
        trust = {"NODE_USE_SYSTEM_CA": "1"}  # as pip and apt do: a company proxy has its own authority
        environment = trust | os.environ | {"HOME": home, "PATH": f"{folder}:{os.environ.get('PATH', '/usr/bin:/bin')}"}
        done = subprocess.run(
            [folder / "npm", "ci", "--cache", ROOT / "var/npm"],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            why = " / ".join(line for line in done.stderr.splitlines() if "npm error" in line)[:300]
            raise HotlineError(f"the pages' scripts cannot be fetched: {why}", "check the way to the npm registry")
        stamp.write_text(wanted)


def _apt(command: list[str], *, must: bool = True) -> str:
    """Run it; what went wrong, in short, or nothing. Raises HotlineError when it `must` succeed."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return ""
    told = [line for line in done.stdout.splitlines() if line.startswith("E: ")] or done.stdout.splitlines()[-2:]
    complaint = " / ".join(told)[-300:]
    if must:
        raise HotlineError(f"{command[0]} failed: {complaint}", "mend this, then start again")
    return complaint


@contextmanager
def _no_services() -> Iterator[None]:
    """Packages may not start their services: the tests start private ones on their own ports."""
    if POLICY.exists() and _text(POLICY) != POLICY_TEXT:
        yield  # somebody else's rule stands
        return
    POLICY.write_text(POLICY_TEXT)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
