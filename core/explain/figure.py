"""The paper figure: key frames with heat, the curves of the answer and of the frame gate, and a legend with numbers.

One figure serves as PNG and as SVG. In the SVG text stays text, each mark has an id, and the numbers that are drawn lie
in its `<desc>` as JSON, so that they can be read back.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from core.explain.clip_part import minutes_text
from core.explain.explained import GATE_SENTENCE, Explained
from core.explain.figure_body import view_of
from core.explain.figure_curves import curves_data, draw_beta, draw_scores, likeliest, shown
from core.explain.figure_keys import bodies_high, draw_key_frames, draw_leaders
from core.explain.figure_legend import draw_heat_legend
from core.explain.figure_sheet import (
    BETA_HIGH,
    EDGE,
    LEFT,
    RIGHT,
    ROW_TOP,
    SCORES_HIGH,
    SIDE,
    WIDTH,
    Sheet,
)
from core.explain.fitting import families, fitted, printable, quietly, width_in, wrapped
from core.explain.heat import TIMES_UNIFORM, HeatScale
from core.explain.inks import INKS, Theme
from core.explain.key_frames import key_frames
from core.explain.occlusion import Occlusion, rank_text

DPI: Final = 200
_DESC_ID: Final = "jointlight-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOptions:
    """What can be chosen about a figure."""

    key_frames: int = 0  # 0: six of one person, four of two
    theme: Theme = Theme.LIGHT
    scale: HeatScale = TIMES_UNIFORM
    title: str = ""  # "": the answer with its probability
    clip: str = ""  # what the clip is called

    def chosen(self, explained: Explained) -> list[int]:
        """The key frames."""
        count = self.key_frames or (6 if explained.persons == 1 else 4)
        return key_frames(explained.beta, count, within=explained.span)


AS_IT_COMES: Final = FigureOptions()


def paper_figure(
    explained: Explained, options: FigureOptions = AS_IT_COMES, *, occlusion: Occlusion | None = None
) -> Figure:
    """The figure of one clip; with the occlusion check also its rank correlations, beside attention."""
    with rc_context({"font.family": families()}):  # a text takes its font when it is made
        return _paper_figure(explained, options, occlusion)


def _paper_figure(explained: Explained, options: FigureOptions, occlusion: Occlusion | None) -> Figure:
    inks, chosen, lines, part = INKS[options.theme], options.chosen(explained), likeliest(explained), shown(explained)
    view = view_of(explained, chosen)
    sheet = Sheet.of(inks, bodies_high=bodies_high(view, len(chosen)))
    _titles(sheet, explained, options)
    draw_key_frames(sheet, explained, chosen, view, options.scale)
    scores = sheet.axes(LEFT, sheet.scores_top, RIGHT - LEFT, SCORES_HIGH)
    scores.set_gid("axes-scores")
    draw_scores(scores, explained, lines, inks, part=part)
    beta = sheet.axes(LEFT, sheet.beta_top, RIGHT - LEFT, BETA_HIGH)
    beta.set_gid("axes-beta")
    draw_beta(beta, explained, chosen, inks, part=part)
    draw_leaders(sheet, explained, chosen, (scores, beta))
    draw_heat_legend(sheet, explained, options.scale, left=SIDE, top=ROW_TOP, width=WIDTH - EDGE - SIDE)
    _names(sheet, explained, lines)
    _foot(sheet, occlusion)
    return sheet.figure


def png(figure: Figure) -> bytes:
    """As a PNG file of 200 dpi."""
    stream = io.BytesIO()
    FigureCanvasAgg(figure)
    with quietly():
        figure.savefig(stream, format="png", dpi=DPI, facecolor=figure.get_facecolor())
    return stream.getvalue()


def svg(figure: Figure, explained: Explained, options: FigureOptions = AS_IT_COMES) -> bytes:
    """As an SVG file with text as text and its numbers in `<desc>`; the same figure gives the same bytes."""
    stream = io.BytesIO()
    FigureCanvasSVG(figure)
    title = " ".join(printable(options.title or answer_text(explained)).split())
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "jointlight", "path.simplify": False}), quietly():
        figure.savefig(
            stream,
            format="svg",
            facecolor=figure.get_facecolor(),
            metadata={"Date": None, "Creator": "Jointlight", "Title": title},
        )
    drawn = json.dumps(figure_data(figure, explained, options), separators=(",", ":"))
    inside = f'<title>{escape(title)}</title>\n <desc id="{_DESC_ID}">{escape(drawn)}</desc>\n '
    text = stream.getvalue().decode()
    opened = text.index(">", text.index("<svg ")) + 1
    return (text[:opened] + "\n " + inside + text[opened:]).encode()


def figure_data(figure: Figure, explained: Explained, options: FigureOptions) -> dict[str, Any]:
    """The numbers that are drawn, for machines: times, beta, alpha of the key frames, probabilities of the curves."""
    chosen = options.chosen(explained)
    names = explained.joint_names()
    return {
        "schema_version": 1,
        "model": explained.model,
        "unit": "alpha sums to one in a frame; times uniform = alpha x K",
        "K": len(names),
        "joints": list(names),
        "scale": {"low": options.scale.low, "high": options.scale.high, "palette": options.scale.palette.value},
        "largest_radius": view_of(explained, chosen).largest_m,
        "key_frames": [
            {
                "frame": frame,
                "time_s": float(explained.times_s[frame]),
                "beta": float(explained.beta[frame]),
                "alpha": explained.alpha[frame].tolist(),
            }
            for frame in chosen
        ],
        **curves_data(figure, explained),
    }


def answer_text(explained: Explained) -> str:
    """The clip's answer with its probability: "wave, 98.2 %"."""
    return f"{explained.actions[explained.best]}, {100 * explained.whole[explained.best]:.1f} %"


def frames_text(explained: Explained) -> str:
    """How many frames of the grid there are, and its rate."""
    return f"{len(explained)} frame{'s' if len(explained) > 1 else ''} at {explained.rate_hz:g} Hz"


def _titles(sheet: Sheet, explained: Explained, options: FigureOptions) -> None:
    room = WIDTH - 2 * EDGE
    title = fitted(options.title or answer_text(explained), room, size_pt=17, bold=True)
    sheet.say(title, left=EDGE, top=0.22, size=17, fontweight="bold")
    about = [f"answer: {answer_text(explained)}"] if options.title else []
    about += [options.clip] if options.clip else []
    about += [f"model {explained.model}", frames_text(explained)]
    part = shown(explained)
    if part.stop - part.start < len(explained):
        length_s = float(explained.times_s[part.stop - 1] - explained.times_s[part.start])
        about += [f"{minutes_text(length_s)} of {minutes_text(explained.duration_s)}, around the answer"]
    sheet.say(fitted("  ·  ".join(about), room, size_pt=10), left=EDGE, top=0.58, size=10, is_quiet=True)


def _names(sheet: Sheet, explained: Explained, lines: Sequence[int]) -> None:
    """Whose curve each is, with what it reaches when the answer is given; and what the frame gate's curve is."""
    inks, room = sheet.inks, WIDTH - EDGE - SIDE
    sheet.say("probability so far", left=SIDE, top=sheet.scores_top - 0.04, size=9)
    for number, action in enumerate(lines):
        top = sheet.scores_top + 0.2 + 0.3 * number
        style: Any = (0, inks.dashes[number]) if inks.dashes[number] else "-"
        middle = top + 0.075
        sheet.line((SIDE, middle), (SIDE + 0.3, middle), colour=inks.lines[number], linewidth=2.2, linestyle=style)
        name, size, free = printable(explained.actions[action]), 9.5, room - 0.38 - 0.48
        if width_in(name, size_pt=size) > free:
            name, size = wrapped(name, free, size_pt=8.5, lines=2), 8.5
        sheet.say(name, left=SIDE + 0.38, top=top, size=size, linespacing=1.05)
        value = f"{100 * explained.whole[action]:.0f} %"
        sheet.say(value, left=WIDTH - EDGE, top=top, size=9.5, ha="right")
    top = sheet.beta_top - 0.04
    sheet.say("frame attention β", left=SIDE, top=top, size=9)
    text = wrapped(_about_beta(explained), room, size_pt=9, lines=4)
    sheet.say(text, left=SIDE, top=top + 0.2, size=9, is_quiet=True, linespacing=1.25)


def _about_beta(explained: Explained) -> str:
    if not explained.weighs_frames:
        return "This network has no frame gate: all frames weigh alike."
    is_all = explained.span.stop - explained.span.start == len(explained)
    return f"line: what the gate says; area: what is left of it in the answer{'' if is_all else '; bar: its frames'}"


def _foot(sheet: Sheet, occlusion: Occlusion | None) -> None:
    text = GATE_SENTENCE
    if occlusion is not None:
        text += (
            " Rank correlation with the occlusion check: "
            f"joints {rank_text(occlusion.joints_rank)}, frames {rank_text(occlusion.frames_rank)}."
        )
    text = wrapped(text, WIDTH - 2 * EDGE, size_pt=9, lines=2)
    sheet.say(text, left=EDGE, top=sheet.foot_top, size=9, is_quiet=True, linespacing=1.25)
