"""The report in a real browser: its console, its picture, and what it measures of its own layout."""

import html
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import program

DARK, LIGHT = "preferredColorScheme=0", "preferredColorScheme=1"
HEIGHT = 1000

_SCRIPT = """
const rgb = color => (color.match(/[\\d.]+/g) || []).map(Number);
const ground = element => {
  for (let at = element; at; at = at.parentElement) {
    const color = rgb(getComputedStyle(at).backgroundColor);
    if (color.length === 3 || color[3] > 0.99) return color.slice(0, 3);
  }
  return [255, 255, 255];
};
const texts = [];
for (const element of document.querySelectorAll("body *")) {
  if (element.closest("style, script, metadata, defs, title")) continue;
  const own = [...element.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
  if (!own.length) continue;
  const style = getComputedStyle(element);
  const color = element instanceof SVGElement ? style.fill : style.color;
  texts.push({text: own[0].data.trim().slice(0, 40), ink: rgb(color).slice(0, 3), ground: ground(element)});
}
const wide = [...document.querySelectorAll("body *")].filter(
  element => !element.closest(".scroll table") && element.getBoundingClientRect().right > innerWidth + 1);
const box = element => {
  const {left, top, right, bottom} = element.getBoundingClientRect();
  return [left, top, right, bottom];
};
const plots = [...document.querySelectorAll("svg")].map(plot => ({
  texts: [...plot.querySelectorAll("text")].map(element => [element.textContent, ...box(element)]),
  markers: [...plot.querySelectorAll("[id*='-point']")].map(element => [element.id, ...box(element)])}));
const told = {plots: plots, scroll: document.documentElement.scrollWidth, inner: innerWidth, texts: texts,
  wide: wide.map(element => element.tagName), scrolled: [...document.querySelectorAll(".scroll")].map(
  element => element.scrollWidth - element.clientWidth)};
const shown = parent.document.createElement("pre");
shown.id = "told";
shown.textContent = JSON.stringify(told);
parent.document.body.append(shown);
"""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """scroll, inner: the widths of page and window. wide: elements beyond the window's edge. texts: each with the
    colors of ink and ground. scrolled: by how much each table is wider than its box. plots: their texts and markers,
    each with its left, top, right and bottom.
    """

    scroll: int
    inner: int
    wide: list[str]
    texts: list[dict[str, Any]]
    scrolled: list[int]
    plots: list[dict[str, list[tuple[str, float, float, float, float]]]]


def chromium(page: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            program("chromium", "chromium"),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'profile'}",
            *arguments,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def console(page: Path, folder: Path, *, width: int = 400, scheme: str = LIGHT) -> list[str]:
    """What `page` wrote to the console, refused requests included; its picture is left in `folder`."""
    picture = folder / f"page-{width}-{'dark' if scheme == DARK else 'light'}.png"
    frame = _framed(page.read_text(encoding="utf-8"), folder, width)
    finished = chromium(frame, folder, *_window(width, scheme), f"--screenshot={picture}")
    assert picture.stat().st_size > 5_000, finished.stderr
    return [line for line in finished.stderr.splitlines() if "CONSOLE" in line]


def layout(page: Path, folder: Path, *, width: int, scheme: str) -> Layout:
    """A copy of `page` without its policy measures itself with a script and tells."""
    text = page.read_text(encoding="utf-8")
    text, policies = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    assert policies == 1
    frame = _framed(text.replace("</body>", f"<script>{_SCRIPT}</script></body>"), folder, width)
    finished = chromium(frame, folder, *_window(width, scheme), "--dump-dom")
    found = re.search(r'<pre id="told">(.*?)</pre>', finished.stdout, re.DOTALL)
    assert found, finished.stderr
    return Layout(**json.loads(html.unescape(found.group(1))))


def _window(width: int, scheme: str) -> list[str]:
    return [f"--blink-settings={scheme}", f"--window-size={width},{HEIGHT}", "--hide-scrollbars"]


def _framed(text: str, folder: Path, width: int) -> Path:
    """The page `text` in a frame: a window of Chromium is never narrower than 500 pixels, a frame is."""
    style = f"border: 0; width: {width}px; height: {HEIGHT}px"
    frame = folder / "frame.html"
    frame.write_text(
        '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        '<link rel="icon" href="data:,"><body style="margin: 0">'
        f'<iframe style="{style}" srcdoc="{html.escape(text)}"></iframe>',
        encoding="utf-8",
    )
    return frame


def contrast(ink: list[float], ground: list[float]) -> float:
    """Of two sRGB colors, by WCAG 2.2: 1 to 21."""
    lighter, darker = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: list[float]) -> float:
    linear = [c / 12.92 if (c := part / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
