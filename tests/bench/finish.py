"""The end of a bench: its rows in the form that all benches share, kept in `results.json` and printed."""

import json
import sys
from collections.abc import Sequence

from core.bench.report import Report, Row, library_versions
from tests.bench.keep import keep


def finish(section: str, machine: dict[str, str | int | float], rows: Sequence[Row], *, as_json: bool) -> None:
    """Keep and print rows; `machine` is what `machine_facts` said before anything was measured."""
    report = Report(machine=machine, versions=library_versions(), rows=tuple(rows)).as_json()
    keep(section, report)
    if as_json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        return
    for row in report["rows"]:
        sys.stdout.write(f"{row['name']:<86} {row['value']:>8} {row['unit']}\n    {row['protocol']}\n")
