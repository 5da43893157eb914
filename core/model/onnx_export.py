"""A model as one ONNX file: the network for other programs, with all that they need to know about it.

Windows of features (see `core.skeleton.features`) go in, any number of any length at once; logits, joint attention,
frame attention and calibrated probabilities come out. The package onnx is needed for writing alone, and asked for here
only. What refines joints that were found in pixels, where a model has it, is a file of its own beside it.
"""

import hashlib
import importlib.util
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from core.errors import ModelError, OutputError
from core.files import replacing
from core.model.committee import Network
from core.model.folder import CARD, ActionModel, load_model
from core.model.onnx_files import CHECKED_FRAMES, difference, translated
from core.model.onnx_refiner import refiner_content
from core.skeleton.layouts import KINECT_25

INPUT: Final = "features"
# What comes out, the names of its axes, and what it is.
OUTPUTS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "logits": (("batch", "actions"), "scores of the actions, not calibrated"),
    "alpha": (("batch", "frames", "joints"), "joint attention of each frame; sums to one over the joints"),
    "beta": (("batch", "frames"), "frame attention, 0 or more: what the gate says, before anything is forgotten"),
    "probabilities": (("batch", "actions"), "softmax(logits / temperature)"),
}
LARGEST_DIFFERENCE: Final = 1e-4  # from torch, of any number that comes out
_INSTALL: Final = 'pip install "jointlight[export]"'


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxReport:
    """What was written."""

    size_bytes: int
    input_shape: tuple[int | str, ...]
    outputs: tuple[str, ...]
    actions: int
    difference: float  # the largest from torch over the windows that were tried
    frames_tried: tuple[int, ...]
    refiner: Path | None  # the file beside it


class _WithProbabilities(nn.Module):
    """The network with what a program wants of it."""

    def __init__(self, network: Network, *, temperature: float) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(B, T, K, C) to logits (B, A), alpha (B, T, K), beta (B, T) and probabilities (B, A)."""
        output = self.network(features)
        return output.logits, output.alpha, output.beta, (output.logits / self.temperature).softmax(dim=-1)


def export_onnx(folder: Path, path: Path) -> OnnxReport:
    """Write a model folder's network as ONNX, after it was run beside torch.

    Raises:
        ModelError: the model cannot be loaded, or what was made of it says something else.
        OutputError: onnx is not installed, or the file cannot be written.
    """
    need_onnx()
    model = load_model(str(folder.absolute()), device="cpu")
    network = _WithProbabilities(model.network, temperature=model.config.temperature).eval()
    proto = translated(
        network,
        (torch.zeros(2, 8, *_row_shape(model)),),
        inputs={INPUT: ("batch", "frames", *_row_shape(model))},
        outputs={name: axes for name, (axes, _) in OUTPUTS.items()},
    )
    refiner, beside, off = None, b"", 0.0
    if model.refiner is not None:
        refiner = refiner_path(path)
        beside, off = refiner_content(model.refiner, name=model.name, rate_hz=model.rate_hz)
    _describe(proto, model, card=_card(folder), refiner=beside)
    content: bytes = proto.SerializeToString(deterministic=True)
    largest = float(np.maximum(off, _difference(content, network, model)))
    if not largest <= LARGEST_DIFFERENCE:
        raise ModelError(f"{folder} as ONNX differs from torch by {largest:.2g}: this version of torch cannot do it.")
    with replacing(path) as stream:
        stream.write(content)
        if refiner is not None:  # the model takes its place once what it needs is there
            with replacing(refiner) as other:
                other.write(beside)
    return OnnxReport(
        size_bytes=len(content),
        input_shape=("batch", "frames", *_row_shape(model)),
        outputs=tuple(OUTPUTS),
        actions=len(model.actions),
        difference=largest,
        frames_tried=CHECKED_FRAMES,
        refiner=refiner,
    )


def refiner_path(path: Path) -> Path:
    """Where the refiner of a model goes that is written to `path`."""
    return path.with_name(f"{path.stem}.refiner{path.suffix}")


def need_onnx() -> None:
    """Raises OutputError with the command that installs it, where onnx is missing."""
    if importlib.util.find_spec("onnx") is None:
        raise OutputError(f"ONNX files need the package onnx, which is not installed: {_INSTALL}")


def _row_shape(model: ActionModel) -> tuple[int, int]:
    return model.config.network.joints, model.config.network.channels


def _describe(proto: Any, model: ActionModel, *, card: str, refiner: bytes) -> None:
    """Say in the file what it is."""
    from onnx import helper

    proto.graph.name = model.name
    proto.doc_string = f"{model.config.title}: an action recognition model of Jointlight (STA-LSTM)."
    proto.graph.input[0].doc_string = f"windows of features at {model.rate_hz:g} Hz; see 'features' in the metadata"
    for output in proto.graph.output:
        output.doc_string = OUTPUTS[output.name][1]
    helper.set_model_props(proto, metadata(model, card=card, refiner=refiner))


def metadata(model: ActionModel, *, card: str, refiner: bytes = b"") -> dict[str, str]:
    """What is written into the file beside the network, each value as JSON."""
    config = model.config
    values = {
        "title": config.title,
        "actions": list(config.actions),
        "background": config.background,
        "layout": config.layout,
        "joints": [KINECT_25.joints[joint] for joint in model.joints],  # of one person, in the order of the rows
        "persons": model.persons,
        "rate_hz": model.rate_hz,
        "window_frames": config.window_frames,
        "temperature": config.temperature,
        "features": asdict(config.features),
        "network": asdict(config.network),
        "decision": asdict(config.decision),
        # Of the file beside this one, through which joints that were found in pixels go first; "": there is none.
        "refiner_sha256": hashlib.sha256(refiner).hexdigest() if refiner else "",
        "card": card,  # where the data came from, and on what terms
    }
    return {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}


def _card(folder: Path) -> str:
    try:
        return (folder / CARD).read_text(encoding="utf-8")[: 2**20]
    except (OSError, ValueError):
        return ""


def _difference(content: bytes, network: nn.Module, model: ActionModel) -> float:
    random = np.random.default_rng(0)
    shapes = ((3, frames, *_row_shape(model)) for frames in CHECKED_FRAMES)
    return difference(content, network, ({INPUT: random.normal(size=shape).astype(np.float32)} for shape in shapes))
