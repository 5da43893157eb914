"""Real interactions: UT-Interaction, set 1 (Ryoo and Aggarwal, ICPR contest 2010), seen by a network of two persons.

60 clips `<index>_<group>_<label>.avi`; labels 0 handshake, 1 hug, 2 kick, 3 point, 4 punch, 5 push. The five that SBU
has as well are named by the clip: all 8 actions of the model compete.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.datasets.dataset import Sample
from core.errors import DataError
from core.model.folder import ActionModel
from core.pose.extract import extract_all
from core.skeleton.sequence import load_sequence
from core.sources.video import VideoFile
from core.training.evaluate import clip_outputs
from core.training.loop import TrainingRun
from core.training.recipes import Recipe, Stage
from core.training.refining import refined_sample
from core.training.tensors import SampleTensors, to_tensors

SHARED: Final = {0: "shaking hands", 1: "hugging", 2: "kicking", 4: "punching", 5: "pushing"}
_FILE: Final = re.compile(r"\d+_(\d+)_(\d)\.avi")
_TUNING: Final = Stage(name="fine-tuning", layers=1, epochs=30, rate=1e-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip of the set; can be watched in another process."""

    path: Path
    group: int
    action: str
    persons: int = 2

    def source(self) -> VideoFile:
        """The video, every frame of it."""
        return VideoFile(self.path, real_time=False)


def shared_clips(folder: Path) -> list[Clip]:
    """The clips of the five actions that both sets have. Raises DataError for a folder without any."""
    found = [(path, match) for path in sorted(folder.glob("*.avi")) if (match := _FILE.fullmatch(path.name))]
    clips = [
        Clip(path=path, group=int(match[1]), action=SHARED[int(match[2])])
        for path, match in found
        if int(match[2]) in SHARED
    ]
    if not clips:
        raise DataError(f"{folder} holds no clip of UT-Interaction (INDEX_GROUP_LABEL.avi).")
    return clips


def watched(
    clips: Sequence[Clip], model: ActionModel, *, pose_model: Path, place: Path, tell: Callable[[float], None]
) -> list[Sample | None]:
    """Each clip as the live view sees it; None where nobody is found. Sequences go to the folder `place`."""
    place.mkdir(parents=True, exist_ok=True)
    jobs = [(clip, place / f"{clip.path.stem}.npz") for clip in clips]
    problems = extract_all(jobs, pose_model=pose_model, progress=lambda done, total: tell(done / total))
    return [
        None
        if problem
        else Sample(
            name=clip.path.name,
            sequence=load_sequence(path),
            label=model.actions.index(clip.action),
            person=clip.group,
            group=clip.group,
        )
        for (clip, path), problem in zip(jobs, problems, strict=True)
    ]


def share_named(model: ActionModel, samples: Sequence[Sample | None]) -> float:
    """Share of the clips that are rightly named; one in which nobody was found is wrong."""
    seen = [sample for sample in samples if sample is not None]
    if not seen:
        return 0.0
    outputs = clip_outputs(model.network, model.config, _tensors(seen, model))
    return float((outputs.logits.argmax(axis=1) == outputs.labels).sum() / len(samples))


def share_named_after_tuning(
    make_model: Callable[[], ActionModel], samples: Sequence[Sample | None], recipe: Recipe, *, seed: int = 0
) -> Iterator[tuple[int, int]]:
    """For each group in turn: how many of its clips are rightly named by a network tuned on the others, and how many.

    Args:
        make_model: a fresh copy of the model.
        samples: of all groups.
        recipe: what the model was trained by, as it is for its data; its stages are replaced.
        seed: of the training.
    """
    for group in sorted({sample.group for sample in samples if sample is not None}):
        model = make_model()
        train = [sample for sample in samples if sample is not None and sample.group != group]
        test = [sample for sample in samples if sample is not None and sample.group == group]
        tuned = replace(recipe, stages=(replace(_TUNING, layers=model.config.network.layers),))
        run = TrainingRun(model.network, _tensors(train, model), tuned, seed=seed)
        for _ in run.events():
            pass
        outputs = clip_outputs(model.network, model.config, _tensors(test, model))
        yield int((outputs.logits.argmax(axis=1) == outputs.labels).sum()), len(test)


def _tensors(samples: Sequence[Sample], model: ActionModel) -> SampleTensors:
    samples = [refined_sample(sample, model.refiner, rate_hz=model.rate_hz) for sample in samples]
    return to_tensors(samples, rate_hz=model.rate_hz, persons=model.persons, device=model.device)
