"""What a training on one's own recordings has to say."""

from rich.table import Column, Table

from core.cli.console import err, out, print_json
from core.datasets.dataset import Dataset
from core.training.run import RunResult

_FEW_TAKES = 5


def report_on_library(result: RunResult, dataset: Dataset, *, as_json: bool) -> None:
    """Accuracy, each action's F1 with its takes, and advice."""
    metrics = result.metrics
    persons = {sample.person for sample in dataset.samples}
    if as_json:
        print_json(
            {
                "actions": list(dataset.actions),
                "clips": len(dataset.samples),
                "persons": len(persons),
                "split": metrics["split"],
                "accuracy": metrics["accuracy"],
                "macro_f1": metrics["macro_f1"],
                "seconds": metrics["runs"][0]["seconds"],
                "model": str(result.folder),
            }
        )
        return
    counts = [sum(sample.label == label for sample in dataset.samples) for label in range(len(dataset.actions))]
    table = Table("action", Column("clips", justify="right"), Column("F1", justify="right"), box=None)
    for action, count in zip(dataset.actions, counts, strict=True):
        f1 = metrics.get("f1", {}).get(action)
        table.add_row(action, str(count), "" if f1 is None else f"{100 * f1:.0f} %")
    out.print(table)
    right = f"{100 * metrics['accuracy']:.1f} % of the test clips are rightly named"
    out.print(f"{right} ({metrics['split']}).", markup=False)
    if len(persons) == 1:
        err.print(
            "All clips are of one person, so the test says how well that person is known again, and nothing about "
            "others. Record two or more to learn that.",
            markup=False,
        )
    few = [action for action, count in zip(dataset.actions, counts, strict=True) if count < _FEW_TAKES]
    if few:
        err.print(f"Few takes, record more of them: {', '.join(few)}.", markup=False)
    for reason in dataset.skipped:
        err.print(f"Left out: {reason}", markup=False)
    out.print(f"Model: {result.folder}. Live: jointlight live --model {result.folder}", markup=False)
