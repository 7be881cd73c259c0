"""A running centre, an agent who signs in with a real browser as telephone, callers with a tone, and ears for both."""

import asyncio
import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from playwright.async_api import Browser, BrowserContext, Page, expect

from app.phones.light_media import tone
from app.phones.light_sip import Dialog, Party
from core.settings import ROOT
from tests.asterisk import HOTLINE
from tests.browser import OFFICE, chromium
from tests.centre import PATIENCE, RunningCentre, running_centre, until

CALLERS_TONE, AGENTS_TONE = 600, 1300
NUMBER, LOGIN = "8001", "li.na"
TO_CARDS = "121"

EARS = """sound => {
  const context = window.ears ??= new AudioContext();
  const source = context.createMediaStreamSource(sound.srcObject);
  const ear = context.createAnalyser();
  ear.fftSize = 8192;
  source.connect(ear);
  return new Promise((done) => setTimeout(() => {
    const found = new Float32Array(ear.frequencyBinCount);
    ear.getFloatFrequencyData(found);
    const best = found.indexOf(Math.max(...found));
    done([best * context.sampleRate / ear.fftSize, found[best]]);
  }, 900));
}"""


@dataclass(frozen=True, slots=True)
class Workplace:
    centre: RunningCentre
    browser: Browser
    password: str

    async def sit_down(self, login: str = LOGIN, locale: str = "zh-CN", *, hard: bool = False) -> Page:
        """Signed in, in a profile of its own; for an agent, at the desk, with a `hard` telephone or the browser's."""
        context: BrowserContext = await self.browser.new_context(
            base_url=f"http://127.0.0.1:{self.centre.web_port}", viewport=OFFICE, locale=locale,
            permissions=["microphone"],
        )  # fmt: skip
        if hard:
            await context.add_init_script("localStorage.setItem('hotline-phone-choice', 'hard')")
        page = await context.new_page()
        await page.goto("/login")
        await page.locator("input[name=login]").fill(login)
        await page.locator("input[name=password]").fill(self.password)
        await page.locator("form.sign-in button").click()
        return page

    async def dial(self, caller: str = "13812345678") -> Dialog:
        """A caller who sends a tone and has keyed the way to the cards queue."""
        dialog = await (await Party(caller, self.centre.sip_port).open()).dial(HOTLINE)
        dialog.media.sound = tone(CALLERS_TONE)
        await asyncio.wait_for(dialog.answered.wait(), PATIENCE)
        dialog.press(TO_CARDS)
        return dialog


@contextlib.asynccontextmanager
async def workplace(folder: Path, config: Path | None = None) -> AsyncIterator[Workplace]:
    """The microphone of every browser hears a tone."""
    microphone = folder / "tone.wav"
    time = np.arange(48000 * 2) / 48000
    soundfile.write(microphone, 0.5 * np.sin(2 * np.pi * AGENTS_TONE * time), 48000, subtype="PCM_16")
    async with running_centre(config, {"HOTLINE_WORKERS": "0"}) as centre, chromium(microphone) as browser:
        password = secrets.token_urlsafe(12)
        for login in (LOGIN, "wang.wei", "chen.jie", "sun.li"):
            await _set_password(centre, login, password)
        yield Workplace(centre, browser, password)


async def _set_password(centre: RunningCentre, login: str, password: str) -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "app", "passwd", login, "--data", str(centre.data)],
        cwd=ROOT, env=os.environ | {"HOTLINE_DATA_DIR": str(centre.data)}, input=f"{password}\n", text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


async def ready(page: Page) -> None:
    """The telephone is registered and the agent takes calls."""
    await expect(page.locator("soft-phone")).to_have_attribute("data-line", "idle")
    await page.keyboard.press("1")
    await expect(page.locator("#me .now b")).to_have_text("就绪")


async def answer(page: Page) -> None:
    phone = page.locator("soft-phone")
    await expect(phone).to_have_attribute("data-call", "ringing")
    await page.locator("[data-do=answer]").click()
    await expect(phone).to_have_attribute("data-call", "talking")


async def agent_hears(page: Page) -> float:
    """The strongest frequency in the browser's ear, in hertz; 0 when it is silent."""
    hertz, level = await page.locator("soft-phone audio").evaluate(EARS)
    return float(hertz) if level > -70 else 0.0


async def caller_hears(dialog: Dialog, seconds: float = 1.0) -> float:
    """The strongest frequency of the next second at the caller's, in hertz; 0 when it is silent."""
    begin = len(dialog.media.heard)
    await until(lambda: _enough(dialog, begin + int(8000 * seconds)), 5 + seconds, "sound reaches the caller")
    sound = _linear(bytes(dialog.media.heard[begin:]))
    if np.sqrt(np.mean(sound**2)) < 100:
        return 0.0
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * 8000 / len(sound))


async def both_hear_each_other(page: Page, dialog: Dialog) -> None:
    await agent_comes_to_hear(page, CALLERS_TONE)
    await until(lambda: caller_hears_tone(dialog, AGENTS_TONE), 10, "the caller hears the agent")


async def agent_comes_to_hear(page: Page, tone: float) -> None:
    async def so() -> bool:
        return abs(await agent_hears(page) - tone) < 15

    await until(so, 10, f"the agent hears {tone} Hz")


async def caller_hears_tone(dialog: Dialog, tone: float) -> bool:
    """The state is told before the sound has come."""
    return abs(await caller_hears(dialog) - tone) < 15


async def _enough(dialog: Dialog, size: int) -> bool:
    return len(dialog.media.heard) >= size


def _linear(data: bytes) -> np.ndarray:
    """A-law (ITU-T G.711) as 16-bit samples."""
    code = np.frombuffer(data, np.uint8).astype(np.int32) ^ 0x55
    mantissa, exponent = code & 0x0F, (code >> 4) & 7
    size = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.float64)
