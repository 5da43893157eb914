"""What a replay page holds: texts, and numbers rounded to steps that are named.

Numbers are packed as base64: times and beta as they are, alpha and probabilities in 65,535 steps up to the largest of
them, positions in 32,767 steps up to the farthest. Each is off by half a step at most.
"""

import base64
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.explain.clip_part import minutes_text
from core.explain.explained import GATE_SENTENCE, Explained
from core.explain.figure import answer_text, frames_text
from core.explain.figure_curves import likeliest
from core.explain.heat import SMALLEST_RADIUS, HeatScale, palette_rgb
from core.explain.inks import INKS, Theme
from core.explain.key_frames import key_frames
from core.explain.occlusion import Occlusion, rank_text
from core.live.decision_log import NO_ACTION
from core.skeleton.layouts import KINECT_25
from core.skeleton.limbs import by_limb, in_words

MOST_S: Final = 600.0  # a page of ten minutes has about 3 MB
_KEY_FRAMES: Final = 6
_STEPS: Final = {np.dtype(np.uint16): 65535, np.dtype(np.int16): 32767}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTexts:
    """What a page says about its clip besides its numbers."""

    title: str = ""  # "": what the clip is called
    clip: str = ""  # what the clip is called


def page_part(explained: Explained) -> tuple[slice, str]:
    """The frames that a page holds, and a sentence where these are not all."""
    part = explained.around_answer(MOST_S)
    if part.stop - part.start == len(explained):
        return part, ""
    note = (
        f"The page holds {minutes_text(MOST_S)} of {minutes_text(explained.duration_s)}, from "
        f"{minutes_text(float(explained.times_s[part.start]))} on, around the answer."
    )
    return part, note


def page_data(
    explained: Explained, texts: PageTexts, scale: HeatScale, *, occlusion: Occlusion | None = None
) -> dict[str, Any]:
    """Everything for the page, ready for JSON."""
    part, note = page_part(explained)
    first = part.start
    said_names = [NO_ACTION, *explained.actions]
    said = [said_names.index(one.action or NO_ACTION) for one in explained.said[part]]
    numbers = {
        "times_s": _exact(explained.times_s[part], np.float64),
        "positions_m": _rounded(explained.clip.positions_m[part], np.dtype(np.int16)),
        "seen": _exact(explained.clip.seen[part], np.uint8),
        "alpha": _rounded(explained.alpha[part], np.dtype(np.uint16)),
        "beta": _exact(explained.beta[part].astype(np.float64), np.float64),
        "counted": _exact(explained.counted[part].astype(np.float64), np.float64),
        "probabilities": _rounded(explained.probabilities[part], np.dtype(np.uint16)),
        "said": _exact(np.array(said), np.uint16),
        "colours": _exact(palette_rgb(scale.palette), np.uint8),
    }
    span = explained.span
    return {
        "schema_version": 1,
        **_texts(explained, texts, numbers, note=note),
        "frames": part.stop - part.start,
        "first_frame": first,
        "all_frames": len(explained),
        "duration_s": explained.duration_s,
        "persons": explained.persons,
        "rate_hz": explained.rate_hz,
        "actions": list(explained.actions),
        "lines": likeliest(explained),
        "dashes": [list(dash) for dash in INKS[Theme.LIGHT].dashes],
        "joints": list(explained.joints),
        "names": list(explained.joint_names()),
        "short_names": _short_names(explained),
        "words": [in_words(joint) for joint in range(len(KINECT_25))],
        "groups": [part.places for part in by_limb(explained.joints, persons=explained.persons)],
        "bones": [list(bone) for bone in KINECT_25.bones],
        "starts": [0, *(start - first for start in explained.clip.starts if part.start < start < part.stop)],
        "span": [max(span.start - first, 0), min(span.stop, part.stop) - first],
        "key_frames": [
            frame - first
            for frame in key_frames(explained.beta, _KEY_FRAMES, within=span)
            if part.start <= frame < part.stop
        ],
        "scale": {key: value for key, value in asdict(scale).items() if key != "palette"},
        "smallest_radius": SMALLEST_RADIUS,
        "said_names": said_names,
        "occlusion": None if occlusion is None else _occlusion(explained, occlusion),
        "numbers": numbers,
    }


def _texts(explained: Explained, texts: PageTexts, numbers: dict[str, Any], *, note: str) -> dict[str, str]:
    about = [texts.clip] if texts.clip and texts.title else []
    about += [f"model {explained.model}", frames_text(explained)]
    if explained.span.stop - explained.span.start < len(explained):
        start_s, end_s = (float(explained.times_s[frame]) for frame in (explained.span.start, explained.span.stop - 1))
        whole = f"surest from {start_s:.1f} to {end_s:.1f} s: {answer_text(explained)}"
    else:
        whole = f"whole clip: {answer_text(explained)}"
    kept = explained.config.network.kept
    if not explained.weighs_frames:
        beta_note = "this network has no frame gate: all frames weigh alike"
    else:
        beta_note = "" if kept == 1 else "(area: what is left of it in the answer)"
    no_joints = "this network has no joint gate: all joints weigh alike"
    alpha_step, place_step = (numbers[name]["step"] for name in ("alpha", "positions_m"))
    return {
        "title": texts.title or texts.clip or answer_text(explained),
        "about": "  ·  ".join(about),
        "whole": whole,
        "sentence": GATE_SENTENCE,
        "note": note,
        "beta_note": beta_note,
        "matrix_note": "" if explained.weighs_joints else no_joints,
        "precision": (
            f"Numbers are as the network computed them, but for rounding: alpha within {alpha_step / 2:.1g} "
            f"({alpha_step / 2 * explained.alpha.shape[1]:.1g} × uniform), probabilities within "
            f"{numbers['probabilities']['step'] / 2:.1g}, positions within {1000 * place_step / 2:.1g} mm. Heat and "
            "numbers are those of the last frame; only the body moves smoothly between two frames. Drag the body to "
            "turn it; click into a chart to go there. This page needs no network and sends nothing."
        ),
    }


def _short_names(explained: Explained) -> list[str]:
    """Names for the rows of the matrix: of two persons "1 right hand"."""
    one = [in_words(joint) for joint in explained.joints]
    if explained.persons == 1:
        return one
    return [f"{person + 1} {name}" for person in range(explained.persons) for name in one]


def _occlusion(explained: Explained, found: Occlusion) -> dict[str, Any]:
    """The check as rows: limbs first, then joints, those without which the answer loses most on top."""
    mean = explained.mean_alpha * explained.alpha.shape[1]
    joints = [
        {"name": name, "heat": float(heat), "change": float(change), "score": float(score)}
        for name, heat, change, score in zip(
            explained.joint_names(), mean, found.joints.probability, found.joints.logit, strict=True
        )
    ]
    limbs = [
        {"name": name, "heat": None, "change": float(change.probability[0]), "score": float(change.logit[0])}
        for name, change in found.parts.items()
    ]
    action, probability = explained.actions[found.action], 100 * found.probability
    return {
        "text": (
            "Each limb and each joint is taken away in turn, as if it had not been seen, and the network is asked "
            f"again: what becomes of the probability and of the score of “{action}” ({probability:.1f} %). Below "
            f"zero it spoke for it. Rank correlation with attention: joints {rank_text(found.joints_rank)}, frames "
            f"{rank_text(found.frames_rank)}."
        ),
        "rows": sorted(limbs, key=_change) + sorted(joints, key=_change),
    }


def _change(row: dict[str, Any]) -> float:
    change: float = row["change"]
    return change


def _exact(values: NDArray[Any], kind: type[np.generic]) -> dict[str, Any]:
    packed = np.ascontiguousarray(values, dtype=np.dtype(kind).newbyteorder("<"))
    return {"type": np.dtype(kind).name, "data": base64.b64encode(packed.tobytes()).decode()}


def _rounded(values: NDArray[np.floating], kind: np.dtype[Any]) -> dict[str, Any]:
    """Numbers as whole steps; the step is what the largest of them asks for."""
    most = float(np.abs(values).max(initial=0.0))
    step = max(most, 1e-9) / _STEPS[kind]
    return {**_exact(np.round(np.asarray(values, dtype=np.float64) / step), kind.type), "step": step}


def unpacked(packed: dict[str, Any]) -> NDArray[np.float64]:
    """The numbers of a field again, flat: what the page's own script does."""
    raw = np.frombuffer(base64.b64decode(packed["data"]), dtype=np.dtype(packed["type"]).newbyteorder("<"))
    return np.asarray(raw.astype(np.float64) * packed.get("step", 1.0))
