"""Clips and small networks that the tests of `core.explain` share."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from core.model.committee import make_network
from core.model.folder import ActionModel, DecisionSpec, ModelConfig
from core.model.sta_lstm import NetworkSpec, Variant
from core.skeleton.features import FeatureSpec
from core.skeleton.layouts import KINECT_25
from core.skeleton.sequence import SkeletonSequence

ACTIONS = ("wave", "clap", "squat", "no action")


def small_model(
    variant: Variant = Variant.STA,
    *,
    persons: int = 1,
    members: int = 1,
    layers: int = 1,
    window_frames: int = 30,
    kept: float = 1.0,
    normalised: bool = True,
    either_order: bool = False,
    sides_deg: tuple[float, ...] = (),
    in_mirror: bool = False,
    actions: tuple[str, ...] = ACTIONS,
) -> ActionModel:
    """A real, untrained network whose gates say something: its weights are larger than those it would begin with."""
    torch.manual_seed(1)
    features = FeatureSpec(persons=persons)
    mirrored, flipped = features.in_mirror() if in_mirror else ((), ())
    spec = NetworkSpec(
        joints=features.rows,
        channels=features.channels,
        classes=len(actions),
        hidden=9,
        layers=layers,
        gate_hidden=7,
        dropout=0.0,
        variant=variant,
        members=members,
        kept=kept,
        normalised=normalised,
        either_order=either_order,
        sides_deg=sides_deg,
        mirrored=mirrored,
        flipped=flipped,
    )
    network = make_network(spec)
    with torch.no_grad():
        for weights in network.parameters():
            weights.mul_(2.5)
        for one in network.members:
            if one.temporal is not None:
                one.temporal.from_input.bias.add_(0.8)
    background = "no action" if "no action" in actions else ""
    config = ModelConfig(
        title="Small",
        layout="kinect25",
        features=features,
        network=spec,
        window_frames=window_frames,
        actions=actions,
        temperature=0.8,
        background=background,
        decision=DecisionSpec(enter=0.28, leave=0.24, hold_s=0.1, seen_frames=1.0, smoothing_s=0.1),
    )
    return ActionModel(name="small", config=config, network=network, device=torch.device("cpu"))


def moving(frames: int = 40, *, persons: int = 1, rate_hz: float = 30.0, seed: int = 0) -> SkeletonSequence:
    """Persons who stand side by side and wave with all joints, each joint in its own way."""
    random = np.random.default_rng(seed)
    body = random.normal(size=(1, persons, 25, 3)) * 0.3 + np.arange(persons)[None, :, None, None]
    phase = random.uniform(0, 6, size=(1, persons, 25, 3))
    swing = 0.2 * np.sin(np.arange(frames)[:, None, None, None] / rate_hz * 7 + phase)
    return SkeletonSequence(
        layout=KINECT_25,
        positions_m=(body + swing + np.array([0, 0, 3])).astype(np.float32),
        confidence=np.ones((frames, persons, 25), np.float32),
        times_s=np.arange(frames) / rate_hz,
    )


def without(sequence: SkeletonSequence, frames: slice | NDArray[np.intp], *, person: int = 0) -> SkeletonSequence:
    """A person is not there in some frames: all joints in one point, no confidence."""
    positions_m, confidence = sequence.positions_m.copy(), sequence.confidence.copy()
    positions_m[frames, person], confidence[frames, person] = 0, 0
    return replace(sequence, positions_m=positions_m, confidence=confidence)


def joined(first: SkeletonSequence, second: SkeletonSequence, *, gap_s: float) -> SkeletonSequence:
    """One after the other."""
    later_s = second.times_s - second.times_s[0] + first.times_s[-1] + gap_s
    return replace(
        first,
        positions_m=np.concatenate([first.positions_m, second.positions_m]),
        confidence=np.concatenate([first.confidence, second.confidence]),
        times_s=np.concatenate([first.times_s, later_s]),
    )
