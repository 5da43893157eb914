"""A clip as one HTML file that replays it in any browser, from disk and without a network.

The page forbids itself everything but its own style and script, by their sha256, so that no text in it can become
code; texts are data and are written as text only.
"""

import base64
import hashlib
import html
import json
from dataclasses import fields
from typing import Final

from core.explain.explained import Explained
from core.explain.fitting import printable
from core.explain.heat import TIMES_UNIFORM, HeatScale
from core.explain.inks import INKS, Inks, Theme
from core.explain.occlusion import Occlusion
from core.explain.replay_data import PageTexts, page_data, page_part
from core.paths import ASSETS

_SCRIPTS: Final = ("numbers.js", "player.js", "look.js", "body.js", "charts.js", "page.js")
_FOLDER: Final = ASSETS / "replay"
NO_TEXTS: Final = PageTexts()


def replay_page(
    explained: Explained,
    texts: PageTexts = NO_TEXTS,
    *,
    scale: HeatScale = TIMES_UNIFORM,
    theme: Theme | None = None,
    occlusion: Occlusion | None = None,
) -> tuple[bytes, str]:
    """The page, and a sentence where it does not hold all of the clip.

    Args:
        explained: the clip.
        texts: title and name of the clip.
        scale: the range that the page begins with, and its colours.
        theme: light or dark; None: as the reader's system has it.
        occlusion: shown beside attention where it is given.
    """
    data = page_data(explained, texts, scale, occlusion=occlusion)
    style, script = _style(), _script()
    parts = {
        "csp": html.escape(_policy(style, script)),
        "title": html.escape(" ".join(printable(data["title"]).split())),
        "style": style,
        "data": _as_json(data),
        "script": script,
    }
    page = _asset("page.html")
    if theme is not None:
        page = page.replace('<html lang="en">', f'<html lang="en" data-theme="{theme.value}">', 1)
    pieces = page.split("{{")  # each piece begins with a name; put together once, so that no text is looked at again
    filled = pieces[0] + "".join(parts[name] + rest for name, _, rest in (one.partition("}}") for one in pieces[1:]))
    return filled.encode("utf-8", errors="replace"), page_part(explained)[1]


def _as_json(data: object) -> str:
    """JSON in ASCII that no HTML parser can take for the end of its script."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _policy(style: str, script: str) -> str:
    """Nothing is loaded, from nowhere; only this style and this script count."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _style() -> str:
    """The colours of both themes, and the style."""
    light, dark = (_variables(INKS[theme]) for theme in Theme)
    return (
        f':root, :root[data-theme="light"] {{ {light} }}\n'
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
        f':root[data-theme="dark"] {{ {dark} color-scheme: dark; }}\n'
        f':root[data-theme="light"] {{ color-scheme: light; }}\n{_asset("page.css")}'
    )


def _variables(inks: Inks) -> str:
    names = [field.name for field in fields(inks) if isinstance(getattr(inks, field.name), str)]
    colours = [f"--{name}: {getattr(inks, name)};" for name in names]
    return " ".join([*colours, *(f"--line-{number}: {colour};" for number, colour in enumerate(inks.lines))])


def _script() -> str:
    """All of it in one function, strict, so that nothing becomes global."""
    return '(() => {\n"use strict";\n' + "\n".join(_asset(name) for name in _SCRIPTS) + "\n})();\n"


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
