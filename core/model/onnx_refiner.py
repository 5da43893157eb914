"""The refiner of a model as ONNX: joints and what the frames before have left go in, both come out."""

import json

import numpy as np
import torch

from core.model.onnx_files import CHECKED_FRAMES, difference, translated
from core.model.refiner import JOINTS, NEAREST_M, Refiner


def refiner_content(refiner: Refiner, *, name: str, rate_hz: float) -> tuple[bytes, float]:
    """The content of the file, and by how much it differs from torch at most.

    It takes `joints` (batch, frames, 25, 4), metres in camera axes and confidence, at the rate of the model, and
    `state` (1, batch, hidden), zeros at the beginning; it gives `positions` (batch, frames, 25, 3) in level axes and
    `next_state`.
    """
    from onnx import helper

    hidden = refiner.spec.hidden
    state = (1, "batch", hidden)
    proto = translated(
        refiner,
        (torch.ones(2, 8, JOINTS, 4), torch.zeros(1, 2, hidden)),
        inputs={"joints": ("batch", "frames", JOINTS, 4), "state": state},
        outputs={"positions": ("batch", "frames", JOINTS, 3), "next_state": state},
    )
    proto.graph.name = f"{name} refiner"
    proto.doc_string = (
        f"What Jointlight's model {name} makes of Kinect-25 joints that were found in pixels before its network looks "
        f"at them, at {rate_hz:g} Hz: metres in camera axes and confidence in, metres in level axes out. The state is "
        "zeros at the beginning, and again after frames without the person, which are left out (as are those in which "
        f"joint 0 is nearer than {NEAREST_M} m)."
    )
    helper.set_model_props(proto, {"layout": json.dumps("kinect25"), "rate_hz": json.dumps(rate_hz)})
    content: bytes = proto.SerializeToString(deterministic=True)
    random = np.random.default_rng(0)
    tried = (
        {
            "joints": (random.normal(size=(3, frames, JOINTS, 4)) + 3).astype(np.float32),
            "state": random.normal(size=(1, 3, hidden)).astype(np.float32),
        }
        for frames in CHECKED_FRAMES
    )
    return content, difference(content, refiner, tried)
