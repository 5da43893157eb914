"""What a bench found: rows of figures with their targets, and the machine that they are of."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from core.doctor.software import installed_version

Tell = Callable[[str, float], None]  # what is measured now, and how much of it is done
_PACKAGES = ("jointlight", "torch", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure. `at_least` is the target, `aim` the better one; where lower is better both are upper limits."""

    name: str
    value: float | None  # None only where this machine cannot measure it; the protocol then says why
    unit: str
    higher_is_better: bool = True
    at_least: float | None = None
    aim: float | None = None
    protocol: str

    @property
    def holds(self) -> bool | None:
        """Whether the value is on the right side of `at_least`; None where either is missing."""
        if self.value is None or self.at_least is None:
            return None
        return self.value >= self.at_least if self.higher_is_better else self.value <= self.at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All rows of a bench with the machine and the versions that gave them."""

    machine: dict[str, str | int | float]
    versions: dict[str, str]
    rows: tuple[Row, ...]
    extra: dict[str, Any] = field(default_factory=dict)  # what a bench has to say besides its rows

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, in the form that all benches share."""
        rows = [
            {
                "name": row.name,
                "value": None if row.value is None else round(row.value, 3),
                "unit": row.unit,
                "higher_is_better": row.higher_is_better,
                "at_least": row.at_least,
                "aim": row.aim,
                "holds": row.holds,
                "protocol": row.protocol,
            }
            for row in self.rows
        ]
        return {"machine": self.machine, "versions": self.versions, "rows": rows, **self.extra}


def machine_facts() -> dict[str, str | int | float]:
    """What decides a speed: system, processor, cores, GPU, and how busy the machine is already."""
    facts: dict[str, str | int | float] = {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
    }
    if hasattr(os, "getloadavg"):  # not on Windows
        facts["load_at_start"] = round(os.getloadavg()[0], 2)
    if torch.cuda.is_available():
        facts["gpu"] = torch.cuda.get_device_name()
    return facts


def library_versions(packages: tuple[str, ...] = _PACKAGES) -> dict[str, str]:
    """Versions of Python, of the packages that are installed, and of CUDA and cuDNN where torch uses them."""
    found = {package: installed_version(package) for package in packages}
    versions = {"python": platform.python_version()} | {name: text for name, text in found.items() if text}
    if torch.cuda.is_available():
        versions |= {"cuda": str(torch.version.cuda), "cudnn": _cudnn_version()}
    return versions


def _cudnn_version() -> str:
    return str(torch.backends.cudnn.version())  # type: ignore[no-untyped-call]  # torch gives it no types


def _processor() -> str:
    """The processor's name, as well as the system tells it."""
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
