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
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from core.explain.clip_grid import minutes_text
from core.explain.explained import GATE_SENTENCE, Explained
from core.explain.figure_body import View, draw_bodies, view_of
from core.explain.figure_curves import curves_data, draw_beta, draw_scores, likeliest, shown
from core.explain.figure_legend import draw_heat_legend
from core.explain.fitting import families, fitted, printable, quietly, width_in, wrapped
from core.explain.heat import TIMES_UNIFORM, HeatScale
from core.explain.inks import INKS, Inks, Theme
from core.explain.key_frames import key_frames
from core.explain.occlusion import Occlusion, rank_text
from core.skeleton.limbs import in_words

DPI: Final = 200
_DESC_ID: Final = "jointlight-data"

# Inches, from the left and from the top.
_WIDTH, _EDGE = 10.0, 0.35
_LEFT, _RIGHT = 0.75, 7.45  # of the curves
_SIDE = 7.68  # where the legend begins
_BODIES_TOP, _BODIES_HIGH = 0.98, 2.05
_WORDS_HIGH = 0.52  # under each body
_SCORES_TOP, _SCORES_HIGH = 4.0, 1.25
_BETA_TOP, _BETA_HIGH = 5.5, 0.95
_FOOT_TOP, _HEIGHT = 6.98, 7.4


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
    inks = INKS[options.theme]
    chosen = options.chosen(explained)
    figure = Figure(figsize=(_WIDTH, _HEIGHT), facecolor=inks.ground)
    _titles(figure, explained, options, inks)
    view = view_of(explained, chosen)
    columns = _columns(len(chosen))
    for number, (frame, (left, wide)) in enumerate(zip(chosen, columns, strict=True), start=1):
        _key_frame(figure, explained, frame, number, left=left, wide=wide, view=view, options=options)
    lines = likeliest(explained)
    scores = _axes(figure, _LEFT, _SCORES_TOP, _RIGHT - _LEFT, _SCORES_HIGH)
    scores.set_gid("axes-scores")
    draw_scores(scores, explained, lines, inks, part=shown(explained))
    beta = _axes(figure, _LEFT, _BETA_TOP, _RIGHT - _LEFT, _BETA_HIGH)
    beta.set_gid("axes-beta")
    draw_beta(beta, explained, chosen, inks, part=shown(explained))
    _leaders(figure, explained, chosen, columns, scores, beta, inks)
    draw_heat_legend(figure, explained, options.scale, inks, left=_SIDE, top=_BODIES_TOP, width=_WIDTH - _EDGE - _SIDE)
    _names(figure, explained, lines, inks)
    _foot(figure, occlusion, inks)
    return figure


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


def _axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at inches from the left and from the top."""
    return figure.add_axes((left / _WIDTH, 1 - (top + height) / _HEIGHT, width / _WIDTH, height / _HEIGHT))


def _say(figure: Figure, text: str, *, left: float, top: float, size: float, colour: str, **more: Any) -> None:
    """A line of text with its upper left corner there."""
    figure.text(left / _WIDTH, 1 - top / _HEIGHT, text, fontsize=size, color=colour, va="top", parse_math=False, **more)


def _titles(figure: Figure, explained: Explained, options: FigureOptions, inks: Inks) -> None:
    room = _WIDTH - 2 * _EDGE
    title = fitted(options.title or answer_text(explained), room, size_pt=17, bold=True)
    _say(figure, title, left=_EDGE, top=0.22, size=17, colour=inks.ink, fontweight="bold")
    about = [f"answer: {answer_text(explained)}"] if options.title else []
    about += [options.clip] if options.clip else []
    about += [
        f"model {explained.model}",
        frames_text(explained),
    ]
    part = shown(explained)
    if part.stop - part.start < len(explained):
        length_s = float(explained.times_s[part.stop - 1] - explained.times_s[part.start])
        about += [f"{minutes_text(length_s)} of {minutes_text(explained.duration_s)}, around the answer"]
    _say(figure, fitted("  ·  ".join(about), room, size_pt=10), left=_EDGE, top=0.58, size=10, colour=inks.quiet)


def _columns(count: int) -> list[tuple[float, float]]:
    """Left edge and width of each body's place."""
    wide = (_RIGHT - _LEFT) / max(count, 1)
    return [(_LEFT + number * wide, wide) for number in range(count)]


def _key_frame(
    figure: Figure,
    explained: Explained,
    frame: int,
    number: int,
    *,
    left: float,
    wide: float,
    view: View,
    options: FigureOptions,
) -> None:
    inks = INKS[options.theme]
    axes = _axes(figure, left, _BODIES_TOP, wide, _BODIES_HIGH)
    axes.set_axis_off()
    axes.set_aspect("equal", adjustable="datalim")
    high_m = view.high_m - view.low_m
    metres_high = max(high_m, 2 * view.half_width_m * _BODIES_HIGH / wide)
    metres_wide = metres_high * wide / _BODIES_HIGH
    middle = (view.low_m + view.high_m) / 2
    axes.set_xlim(-metres_wide / 2, metres_wide / 2)
    axes.set_ylim(middle - metres_high / 2, middle + metres_high / 2)
    draw_bodies(axes, explained, frame, view=view, scale=options.scale, inks=inks, name=f"key{number}")
    _say(figure, str(number), left=left + 0.06, top=_BODIES_TOP, size=11, colour=inks.ink, fontweight="bold")
    middle_in, top = left + wide / 2, _BODIES_TOP + _BODIES_HIGH + 0.06
    said = f"{explained.times_s[frame]:.2f} s, β {explained.beta[frame]:.2f}"
    _say(figure, fitted(said, wide - 0.05, size_pt=9), left=middle_in, top=top, size=9, colour=inks.ink, ha="center")
    hottest = _hottest(explained, frame)
    text = wrapped(hottest, wide - 0.05, size_pt=8.5, lines=2)
    _say(figure, text, left=middle_in, top=top + 0.17, size=8.5, colour=inks.quiet, ha="center", linespacing=1.15)


def _hottest(explained: Explained, frame: int) -> str:
    """The joint with the most attention, in words."""
    if not explained.weighs_joints:
        return "joints alike"
    place = int(explained.alpha[frame].argmax())
    person, joint = divmod(place, len(explained.joints))
    who = f"person {person + 1} " if explained.persons > 1 else ""
    return f"{who}{in_words(explained.joints[joint])} {explained.heat[frame, place]:.1f}×"


def _leaders(
    figure: Figure,
    explained: Explained,
    chosen: Sequence[int],
    columns: Sequence[tuple[float, float]],
    scores: Axes,
    beta: Axes,
    inks: Inks,
) -> None:
    """From each body down to its moment on the axes of time."""
    low, high = scores.get_xlim()
    bodies = _BODIES_TOP + _BODIES_HIGH + _WORDS_HIGH + 0.08
    for frame, (left, wide) in zip(chosen, columns, strict=True):
        time_s = float(explained.times_s[frame])
        across = _LEFT + (time_s - low) / (high - low) * (_RIGHT - _LEFT)
        x = [(left + wide / 2) / _WIDTH, across / _WIDTH]
        y = [1 - bodies / _HEIGHT, 1 - (_SCORES_TOP - 0.02) / _HEIGHT]
        figure.add_artist(Line2D(x, y, color=inks.quiet, linewidth=0.7))
        for axes in (scores, beta):
            axes.axvline(time_s, color=inks.quiet, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0.5)


def _names(figure: Figure, explained: Explained, lines: Sequence[int], inks: Inks) -> None:
    """Whose curve each is, with what it reaches when the answer is given."""
    _say(figure, "probability so far", left=_SIDE, top=_SCORES_TOP - 0.04, size=9, colour=inks.ink)
    room = _WIDTH - _EDGE - _SIDE
    for number, action in enumerate(lines):
        top = _SCORES_TOP + 0.2 + 0.3 * number
        colour, dash = inks.lines[number], inks.dashes[number]
        y = 1 - (top + 0.075) / _HEIGHT
        x = [_SIDE / _WIDTH, (_SIDE + 0.3) / _WIDTH]
        style: Any = (0, dash) if dash else "-"
        figure.add_artist(Line2D(x, [y, y], color=colour, linewidth=2.2, linestyle=style))
        value = f"{100 * explained.whole[action]:.0f} %"
        name, size, free = printable(explained.actions[action]), 9.5, room - 0.38 - 0.48
        if width_in(name, size_pt=size) > free:
            name, size = wrapped(name, free, size_pt=8.5, lines=2), 8.5
        _say(figure, name, left=_SIDE + 0.38, top=top, size=size, colour=inks.ink, linespacing=1.05)
        _say(figure, value, left=_WIDTH - _EDGE, top=top, size=9.5, colour=inks.ink, ha="right")
    top = _BETA_TOP - 0.04
    _say(figure, "frame attention β", left=_SIDE, top=top, size=9, colour=inks.ink)
    if not explained.weighs_frames:
        text = "This network has no frame gate: all frames weigh alike."
        text = wrapped(text, room, size_pt=9, lines=3)
    else:
        text = "line: what the gate says; area: what is left of it in the answer"
        text += "; bar: the answer's frames" if explained.span.stop - explained.span.start < len(explained) else ""
        text = wrapped(text, room, size_pt=9, lines=4)
    _say(figure, text, left=_SIDE, top=top + 0.2, size=9, colour=inks.quiet, linespacing=1.25)


def _foot(figure: Figure, occlusion: Occlusion | None, inks: Inks) -> None:
    text = GATE_SENTENCE
    if occlusion is not None:
        text += (
            " Rank correlation with the occlusion check: "
            f"joints {rank_text(occlusion.joints_rank)}, frames {rank_text(occlusion.frames_rank)}."
        )
    text = wrapped(text, _WIDTH - 2 * _EDGE, size_pt=9, lines=2)
    _say(figure, text, left=_EDGE, top=_FOOT_TOP - 0.05, size=9, colour=inks.quiet, linespacing=1.25)
