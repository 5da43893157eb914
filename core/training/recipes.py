"""Recipes: how a network is trained, as data.

A recipe is a list of stages; those that have names are in presets.py.
"""

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.datasets.augment_spec import AugmentSpec
from core.datasets.dataset import Dataset
from core.errors import DataError
from core.model.loss import LossSpec
from core.model.refiner import RefinerSpec
from core.model.sta_lstm import NetworkSpec, Variant
from core.skeleton.features import OF_TWO, FeatureSpec

# The Kinect-25 joints that another layout really holds. SBU's feet are where Kinect v2 has its ankles.
_JOINTS_OF = {"sbu15": (3, 20, 1, 4, 5, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18), "kinect25": tuple(range(25))}

# So many clips leave little to chance, and an epoch of several networks takes as many times as long.
_MANY_CLIPS = 10_000


class Gate(StrEnum):
    """What a stage does with a gate."""

    OFF = "off"  # all weights alike
    FROZEN = "frozen"  # in use, not trained
    TRAINED = "trained"


class Schedule(StrEnum):
    """How the learning rate goes over a stage."""

    CONSTANT = "constant"
    ONE_CYCLE = "one-cycle"
    PLATEAU = "plateau"  # constant, and a tenth of it each time that a held-out part gets no better


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of a training. The classifier is trained in every stage, the main network unless it is frozen."""

    name: str
    layers: int  # of the main LSTM; more than before: it grows and keeps those that it has
    spatial: Gate = Gate.TRAINED
    temporal: Gate = Gate.TRAINED
    steps: int = 0  # either steps,
    epochs: int = 0  # or epochs
    rate: float = 2e-3  # constant, the first one, or the peak of the cycle
    schedule: Schedule = Schedule.ONE_CYCLE
    renews_main: bool = False  # the main network starts anew; the gates stay
    freezes_main: bool = False  # only the classifier is trained, and the gates as they say

    def total_steps(self, per_epoch: int) -> int:
        """How many steps the stage has when an epoch has so many."""
        return self.steps or self.epochs * per_epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides the weights besides the data and the seed."""

    stages: tuple[Stage, ...]
    batch: int = 48  # samples that a network learns from in a step
    members: int = 1  # networks that answer together, see core.model.committee; each has batches and epochs of its own
    weight_decay: float = 0.02
    clip_norm: float = 1.0  # of the gradients of all members together
    hidden: int = 128
    gate_hidden: int = 64
    dropout: float = 0.5
    variant: Variant = Variant.STA
    normalised: bool = True
    either_order: bool = False
    sides_deg: tuple[float, ...] = ()  # from which the network is asked afterwards, see core.model.aspects
    asks_mirror: bool = False  # and in a mirror as well, where all actions are the same in it
    memory_s: float = math.inf  # after so long a frame counts 1/e of what it did in the temporal sum
    window_s: float = 3.0
    features: FeatureSpec = field(default_factory=FeatureSpec)
    augment: AugmentSpec | None = field(default_factory=AugmentSpec)  # None: whole clips as they are
    loss: LossSpec = field(default_factory=LossSpec)
    refiner: RefinerSpec | None = None  # of joints that are found in pixels; it is taught by the performer's truth
    epochs_in_pixels: int = 0  # of each stage, where recordings are there in several takes as well; 0: as it says
    start: str = ""  # name or folder of a model to start from, with a classifier of its own; "": fresh weights
    for_one: "Recipe | None" = None  # what takes its place where the data is of one person

    @property
    def takes_whole_clips(self) -> bool:
        """Whether every clip is seen whole and at its own tempo."""
        return self.augment is None or not self.augment.cuts

    def network(self, *, classes: int) -> NetworkSpec:
        """Sizes of the network at the start of the first stage."""
        mirrored, flipped = self.features.in_mirror() if self.asks_mirror else ((), ())
        return NetworkSpec(
            joints=self.features.rows,
            channels=self.features.channels,
            classes=classes,
            hidden=self.hidden,
            layers=self.stages[0].layers,
            gate_hidden=self.gate_hidden,
            dropout=self.dropout,
            variant=self.variant,
            normalised=self.normalised,
            either_order=self.either_order,
            sides_deg=self.sides_deg,
            mirrored=mirrored,
            flipped=flipped,
            members=self.members,
            kept=round(math.exp(-1 / (self.memory_s * self.features.rate_hz)), 6),
        )

    def adapted_to(self, dataset: Dataset, *, in_pixels: bool = False) -> "Recipe":
        """The recipe for the persons and joints that a data set holds, and whether it is seen through pixels as well.

        Kinds of features that need a partner fall away with one person, mirroring where no action has a name in a
        mirror, the question in a mirror where an action is another one there or a partner is away for a while (who is
        alone is turned otherwise, see `FeatureSpec.in_mirror`), and all networks but one where clips are many.
        """
        if self.for_one is not None and dataset.persons == 1:
            return self.for_one.adapted_to(dataset, in_pixels=in_pixels)
        if in_pixels and self.epochs_in_pixels:
            return self.with_epochs(self.epochs_in_pixels).adapted_to(dataset, in_pixels=True)
        layouts = {sample.sequence.layout.name for sample in dataset.samples}
        held = sorted((_JOINTS_OF.get(layout, self.features.joints) for layout in layouts), key=len)
        if self.start:
            return self._started_for(dataset)
        kinds = tuple(kind for kind in self.features.kinds if dataset.persons > 1 or kind not in OF_TWO)
        features = replace(
            self.features,
            persons=dataset.persons,
            joints=tuple(joint for joint in held[0] if all(joint in others for others in held)),
            kinds=kinds,
        )
        augment = self.augment and replace(self.augment, mirror=self.augment.mirror and dataset.has_mirrored)
        either_order = self.either_order and dataset.persons > 1
        members = self.members if len(dataset.samples) < _MANY_CLIPS else 1
        asks_mirror = self.asks_mirror and dataset.survives_mirror and dataset.has_everybody_always
        return replace(
            self, features=features, augment=augment, either_order=either_order, members=members, for_one=None,
            asks_mirror=asks_mirror,
        )  # fmt: skip

    def _started_for(self, dataset: Dataset) -> "Recipe":
        """What starts from a model keeps its features, so the data must be of as many persons."""
        if dataset.persons != self.features.persons:
            raise DataError(
                f"The model '{self.start}' looks at {self.features.persons} person(s), {dataset.name} shows "
                f"{dataset.persons}: start from another model or from nothing."
            )
        return replace(
            self, augment=self.augment and replace(self.augment, mirror=self.augment.mirror and dataset.has_mirrored)
        )

    def on_plateaus(self) -> "Recipe":
        """The same recipe for early stop: the last stage goes on for as long as it brings something.

        A cycle that is cut off ends near its peak, where weights are a matter of luck.
        """
        return replace(self, stages=(*self.stages[:-1], replace(self.stages[-1], schedule=Schedule.PLATEAU)))

    def with_epochs(self, epochs: int) -> "Recipe":
        """The same recipe with that many epochs in each stage."""
        stages = tuple(replace(stage, steps=0, epochs=epochs) for stage in self.stages)
        return replace(
            self, stages=stages, epochs_in_pixels=0, for_one=self.for_one and self.for_one.with_epochs(epochs)
        )


# --- the published joint training ---

_N1, _N2 = 1000, 500


def joint_stages(variant: Variant, *, rate: float, fine_rate: float, n1: int = _N1, n2: int = _N2) -> tuple[Stage, ...]:
    """Our reading of the paper's joint training: gates one after the other, each with a main LSTM that grows.

    `fine_rate` is that of the stages in which parts that have been trained before are trained on together.
    """
    stages: list[Stage] = []
    if variant.temporal:
        stages += _grow("temporal", temporal=True, rate=rate, fine_rate=fine_rate, n1=n1, n2=n2)
    if variant.spatial:
        stages += _grow("spatial", spatial=True, rate=rate, fine_rate=fine_rate, n1=n1, n2=n2)
    if variant is Variant.LSTM:
        stages += _grow("main", rate=rate, fine_rate=fine_rate, n1=n1, n2=n2)
    if variant is Variant.STA:
        stages.append(
            Stage(name="main", layers=3, spatial=Gate.FROZEN, temporal=Gate.FROZEN, steps=n1, rate=rate),
        )
        stages.append(Stage(name="everything", layers=3, steps=n2, rate=fine_rate))
    return tuple(stages)


def _grow(
    name: str, *, rate: float, fine_rate: float, n1: int, n2: int, spatial: bool = False, temporal: bool = False
) -> tuple[Stage, Stage, Stage]:
    """One gate (or none) with a main LSTM of one layer, then fixed with one of three, then both together."""

    def stage(what: str, *, layers: int, gate: Gate, steps: int, rate: float) -> Stage:
        return Stage(
            name=f"{name}, {what}",
            layers=layers,
            spatial=gate if spatial else Gate.OFF,
            temporal=gate if temporal else Gate.OFF,
            steps=steps,
            rate=rate,
            renews_main=layers == 1,
        )

    return (
        stage("one layer", layers=1, gate=Gate.TRAINED, steps=n1, rate=rate),
        stage("three layers", layers=3, gate=Gate.FROZEN, steps=n1, rate=rate),
        stage("together", layers=3, gate=Gate.TRAINED, steps=n2, rate=fine_rate),
    )


def direct_stages(*, rate: float, steps: int = _N1 + _N2) -> tuple[Stage, ...]:
    """Everything at once from the start."""
    return (Stage(name="everything", layers=3, steps=steps, rate=rate),)
