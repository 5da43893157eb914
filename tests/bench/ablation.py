"""The ablation of the paper on SBU: LSTM, SA, TA, STA; with and without regularisers; joint and direct training.

    python tests/bench/ablation.py --data DIR [--seeds 5] [--jobs 2]

Every run is kept, so that an interrupted ablation goes on where it stopped; with --show nothing is trained and the
table is made of the runs that are there. The joint training of STA-LSTM passes through TA-LSTM and SA-LSTM, so one
run gives all three: TA and SA have had their own three stages by then, STA all eight. A plain LSTM that grew over the
same three stages stands beside them.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.documents import read_document
from core.errors import DataError
from core.model.loss import LossSpec
from core.model.sta_lstm import Variant
from core.paths import cache_dir
from core.training.presets import PAPER
from core.training.recipes import Recipe, direct_stages, joint_stages
from core.training.repeats import RepeatsProgress, fingerprint, repeat
from core.training.run_figures import RunFigures
from core.training.source import DataSource, TrainingData

_RATE = PAPER.stages[0].rate
_NO_REGULARISERS = LossSpec(joint=0, frame=0, weight=0, label_smoothing=0)
_FOLDS = 5
# The same three stages as TA and SA have, without a gate.
_GROWN = joint_stages(Variant.LSTM, rate=_RATE, fine_rate=PAPER.stages[-1].rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One recipe of the ablation and the cells of the table that it fills: variant -> stage (None: the last)."""

    recipe: Recipe
    training: str
    regularised: bool
    cells: dict[Variant, str | None]


def rows() -> Iterator[Row]:
    """The recipes, the most telling first."""
    joint = {Variant.TA: "temporal, together", Variant.SA: "spatial, together", Variant.STA: None}
    for regularised in (True, False):
        recipe = PAPER if regularised else replace(PAPER, loss=_NO_REGULARISERS)
        yield Row(recipe=recipe, training="joint", regularised=regularised, cells=joint)
        for variant in Variant:
            direct = replace(recipe, variant=variant, stages=direct_stages(rate=_RATE))
            yield Row(recipe=direct, training="direct", regularised=regularised, cells={variant: None})
        grown = replace(recipe, variant=Variant.LSTM, stages=_GROWN)
        yield Row(recipe=grown, training="joint", regularised=regularised, cells={Variant.LSTM: None})


def main() -> None:
    """Run what is missing, one recipe after the other, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="train nothing")
    parser.add_argument("--out", type=Path, help="write the table as JSON")
    options = parser.parse_args()
    source = DataSource(name="sbu", folder=options.data)
    data = source.load()
    if not options.show:
        for row in rows():
            _train(row, source, data, seeds=options.seeds, jobs=options.jobs)
    table = [entry for row in rows() for entry in _cells(row, source, data, seeds=options.seeds)]
    for entry in table:
        sys.stdout.write(json.dumps(entry) + "\n")
    if options.out:
        options.out.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


def _place(row: Row, source: DataSource, data: TrainingData) -> tuple[Recipe, Path]:
    recipe = row.recipe.adapted_to(data.dataset)
    return recipe, cache_dir() / "runs" / fingerprint(source, recipe, data, device="cpu")


def _train(row: Row, source: DataSource, data: TrainingData, *, seeds: int, jobs: int) -> None:
    recipe, place = _place(row, source, data)
    splits = [split.name for split in data.dataset.splits]
    told = -1
    for event in repeat(source, recipe, splits=splits, seeds=range(seeds), jobs=jobs, device="cpu", place=place):
        if isinstance(event, RepeatsProgress) and event.runs > told:
            told = event.runs
            names = ", ".join(row.cells)
            sys.stderr.write(f"{row.training} {names} regularised={row.regularised}: {told} of {event.runs_total}\n")


def _cells(row: Row, source: DataSource, data: TrainingData, *, seeds: int) -> Iterator[dict[str, object]]:
    _, place = _place(row, source, data)
    kept = [run for path in sorted(place.glob("*.json")) if (run := _read(path)) is not None and run.seed < seeds]
    for variant, stage in row.cells.items():
        by_seed = [
            statistics.mean(run.accuracy if stage is None else run.stages[stage] for run in kept if run.seed == seed)
            for seed in range(seeds)
            if sum(run.seed == seed for run in kept) == _FOLDS
        ]
        yield {
            "variant": variant,
            "training": row.training,
            "regularised": row.regularised,
            "seeds": len(by_seed),
            "accuracy": statistics.mean(by_seed) if by_seed else None,
            "std": statistics.stdev(by_seed) if len(by_seed) > 1 else None,
        }


def _read(path: Path) -> RunFigures | None:
    try:
        return read_document(path, RunFigures, schema_version=1)
    except DataError:
        return None


if __name__ == "__main__":
    main()
