"""`jointlight doctor`: what works on this machine and what to do about the rest."""

from dataclasses import asdict

import typer
from rich.table import Column, Table
from rich.text import Text

from core.cli import options
from core.cli.console import err, out, print_json
from core.doctor.check import Check, Status
from core.doctor.run import run_checks

STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.PROBLEM: "bold red"}


def doctor(json_output: options.Json = False) -> None:
    """Check Python, packages, Qt, cameras, pose model, speed and disk. Exit status 1 if there is a problem."""
    with err.status("Checking") as status:
        checks = run_checks(lambda name: status.update(f"Checking: {name}"))
    ok = all(check.status is not Status.PROBLEM for check in checks)
    if json_output:
        print_json({"ok": ok, "checks": [asdict(check) for check in checks]})
    else:
        out.print(_table(checks), soft_wrap=False)
        out.print("Jointlight can run here." if ok else "Jointlight cannot run here yet: see the red lines.")
    if not ok:
        raise typer.Exit(1)


def _table(checks: list[Check]) -> Table:
    table = Table("check", "", Column("found", overflow="fold"), box=None, padding=(0, 1))
    for check in checks:
        found = Text(check.detail)
        if check.advice:
            found.append(f"\n{check.advice}", style=STYLES[check.status])
        table.add_row(check.name, Text(check.status, style=STYLES[check.status]), found)
    return table
