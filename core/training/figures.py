"""What metrics.json says of one run or of many: figures as fractions 0..1, and how they were got, in words."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from core.training.metrics import class_f1
from core.training.pixels import PIXELS_PROTOCOL
from core.training.run_figures import Repeats

PROTOCOL: Final = (
    "whole clips at the model's constant rate, unstretched; no weights and no epoch chosen on the test part; how the "
    "settings of the presets were chosen is told in models/README.md"
)
BEST_EPOCH: Final = (
    "best epoch of about 30 that were looked at, chosen on the test part: only for comparison with the literature"
)


def splits_of(repeats: Repeats) -> tuple[str, ...]:
    """Names of the splits, in the order of the runs."""
    return tuple(dict.fromkeys(run.split for run in repeats.runs))


def figures_document(repeats: Repeats, actions: Sequence[str], *, watched: bool) -> dict[str, Any]:
    """All figures of the runs. `watched` says whether the test part was looked at during the runs."""
    runs, splits = repeats.runs, splits_of(repeats)
    confusion = np.sum([run.confusion for run in runs], axis=0)  # (classes, classes)
    return {
        "accuracy": repeats.mean(),
        "accuracy_std": repeats.std(),
        "macro_f1": repeats.mean("macro_f1"),
        "ece": repeats.mean("ece"),
        "n": sum(run.n for run in runs if run.seed == repeats.seeds[0]),
        "best_epoch_accuracy": repeats.mean("best_epoch_accuracy") if watched else None,
        "best_epoch_protocol": BEST_EPOCH if watched else None,
        "seeds": len(repeats.seeds),
        "by_split": {split: _mean([run.accuracy for run in runs if run.split == split]) for split in splits},
        "by_stage": {stage: _mean([run.stages[stage] for run in runs]) for stage in runs[0].stages},
        "by_seed": dict(zip(map(str, repeats.seeds), repeats.by_seed(), strict=True)),
        "pixels": _pixels(repeats),
        "f1": dict(zip(actions, class_f1(confusion).tolist(), strict=True)),
        "confusion": confusion.tolist(),
        "runs": [
            {
                "split": run.split,
                "seed": run.seed,
                "n": run.n,
                "accuracy": run.accuracy,
                "best_epoch_accuracy": run.best_epoch_accuracy if watched else None,
                "seconds": round(run.elapsed_s, 1),
            }
            for run in runs
        ],
    }


def _pixels(repeats: Repeats) -> dict[str, Any] | None:
    """Means of the figures through pixels: over the splits, then over the seeds."""
    every = [run.pixels for run in repeats.runs if run.pixels is not None]
    if not every:
        return None
    first = [run.pixels["n"] for run in repeats.runs if run.pixels and run.seed == repeats.seeds[0]]
    means = {name: _mean([figures[name] for figures in every]) for name in ("accuracy", "macro_f1", "ece")}
    return {**means, "n": int(sum(first)), "protocol": PIXELS_PROTOCOL}


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def protocol_text(repeats: Repeats, *, weights: str, everything: int | None) -> str:
    """How the figures were got.

    Args:
        repeats: the runs.
        weights: which weights of a run count.
        everything: how many sequences the model that is written was trained on, where these are all there are.
    """
    splits, seeds = splits_of(repeats), repeats.seeds
    parts = [PROTOCOL, weights]
    if len(repeats.runs) > 1:
        counted = [(len(splits), "splits"), (len(seeds), "seeds")]
        parts.append("mean over " + " and ".join(f"{number} {what}" for number, what in counted if number > 1))
        if len(seeds) > 1:
            parts.append(f"spread: standard deviation over the seeds{' of that mean' if len(splits) > 1 else ''}")
    if len(seeds) == 1:
        parts.append("one seed")
    if everything is not None:
        whose = "of the cross-validation, in which no network" if len(splits) > 1 else "of networks of which none"
        parts.append(
            f"these are the figures {whose} saw its test part; the weights in this folder were then trained by the "
            f"same fixed recipe on all {everything} sequences"
        )
    return "; ".join(parts)
