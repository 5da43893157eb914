"""From a torch module to the content of an ONNX file, checked beside torch. The package onnx is asked for here only."""

import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Axes = Mapping[str, Sequence[str | int]]  # of each input and output, by size or by name
_FREE: Final = ("batch", "frames")  # may be of any size
_OPSET: Final = 18
CHECKED_FRAMES: Final = (1, 2, 45)  # of what is run beside torch


def translated(network: nn.Module, example: tuple[Tensor, ...], *, inputs: Axes, outputs: Axes) -> Any:
    """By torch's older exporter: it knows lengths and batches that vary, takes a quarter of a second and needs onnx
    alone. The newer one takes nine, writes 13 % more and gives attention the length that it was shown.
    """
    import onnx

    free = {
        name: {place: axis for place, axis in enumerate(axes) if axis in _FREE}
        for name, axes in {**inputs, **outputs}.items()
    }
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # that it is the older one, and that shapes of joints become constants
        path = Path(place) / "model.onnx"
        torch.onnx.export(
            network,
            example,
            path,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=free,
            opset_version=_OPSET,
            dynamo=False,
        )
        proto = onnx.load(path)
    for node in proto.graph.node:  # texts of the exporter about where it ran
        node.ClearField("doc_string")
    return proto


def difference(content: bytes, network: nn.Module, tried: Iterable[Mapping[str, NDArray[np.float32]]]) -> float:
    """The largest difference between the file, run by ONNX's own reference, and torch; NaN where one is none."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    session, largest = ReferenceEvaluator(onnx.load_from_string(content)), 0.0
    for given in tried:
        with torch.inference_mode():
            wanted = [tensor.numpy() for tensor in network(*map(torch.from_numpy, given.values()))]
        for one, other in zip(session.run(None, dict(given)), wanted, strict=True):
            largest = float(np.maximum(largest, np.abs(one - other).max()))  # which keeps what is no number
    return largest
