"""What networks say about clips, in threads: loaded once, asked again and again. No Qt here: functions for threads."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.bridges.background import Report
from app.widgets.compare_panel import NO_ATTENTION
from core.explain.explained import Explained, explain_clip
from core.explain.occlusion import Occlusion, moved_joint, occlude, silenced
from core.model.committee import make_network
from core.model.folder import ActionModel, load_model
from core.model.sta_lstm import Variant
from core.paths import DEFAULT_MODEL
from core.processes import one_thread
from core.skeleton.limbs import LIMBS
from core.skeleton.sequence import SkeletonSequence


class Explainer:
    """Keeps the models that it has loaded. For any thread: questions, checks and files ask at the same time."""

    def __init__(self, *, device: str = "auto") -> None:
        self._device = device
        self._models: dict[str, ActionModel] = {}
        self._lock = threading.Lock()

    def model(self, name: str) -> ActionModel:
        """A model by name or folder, "" for the default one. Raises JointlightError."""
        key = name or DEFAULT_MODEL
        models = self._models
        if key not in models:  # one that is known is not waited for: the window asks too
            with self._lock:
                if key not in models:
                    models[key] = load_model(key, device=self._device)
        return models[key]

    def forget(self) -> None:
        """Load models anew: one may have been trained since."""
        self._models = {}  # what is being loaded meanwhile is of the old ones

    def explain(self, name: str, sequence: SkeletonSequence, report: Report) -> Explained:
        """What a model says about a clip. Raises JointlightError, and what `report` raises."""
        report("Loading the model")
        return _explained(self.model(name), sequence, report)

    def compare(self, name: str, with_: str, sequence: SkeletonSequence, report: Report) -> Explained:
        """The same clip by another model, or by the same one without attention."""
        if with_ != NO_ATTENTION:
            return self.explain(with_, sequence, report)
        return _explained(without_gates(self.model(name)), sequence, report)

    def occlusion(self, name: str, explained: Explained) -> Occlusion:
        """The occlusion check."""
        with one_thread():
            return occlude(self.model(name), explained)

    def silence(self, name: str, explained: Explained, limbs: Sequence[str]) -> Explained:
        """The clip with limbs unseen."""
        joints = [joint for limb in limbs for joint in LIMBS[limb]]
        return silenced(self.model(name), explained, joints)

    def move(self, name: str, explained: Explained, moved: "Moved") -> Explained:
        """The clip with a joint elsewhere around one frame."""
        return moved_joint(
            self.model(name), explained, moved.joint, moved.offset_m, person=moved.person, frame=moved.frame
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moved:
    """A joint that was dragged."""

    person: int
    joint: int  # Kinect-25 index
    frame: int  # of the grid
    offset_m: NDArray[np.float64]  # (3,)


def _explained(model: ActionModel, sequence: SkeletonSequence, report: Report) -> Explained:
    with one_thread():
        return explain_clip(
            model,
            first_persons(sequence, model.persons),
            progress=lambda done, total: report("Looking", done / max(1, total)),
        )


def first_persons(sequence: SkeletonSequence, persons: int) -> SkeletonSequence:
    """A sequence with no more persons than a network looks at."""
    if sequence.positions_m.shape[1] <= persons:
        return sequence
    return replace(sequence, positions_m=sequence.positions_m[:, :persons], confidence=sequence.confidence[:, :persons])


def without_gates(model: ActionModel) -> ActionModel:
    """The same main network and classifier, with all joints and frames weighing alike."""
    config = model.config
    plain = replace(config.network, variant=Variant.LSTM)
    network = make_network(plain)
    known = network.state_dict()
    network.load_state_dict({name: value for name, value in model.network.state_dict().items() if name in known})
    return ActionModel(
        name=f"{model.name} without attention",
        config=replace(config, network=plain, decision=replace(config.decision, seen_frames=0.0)),
        network=network,
        device=model.device,
        refiner=model.refiner,
    )
