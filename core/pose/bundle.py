"""Gets the pose model file: already here, from its vendor, or made from a PyPI wheel. Nothing unchecked counts.

Once the file lies in the user's data folder no network is touched again.
"""

import hashlib
import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core import paths
from core.errors import OutputError, PoseModelError
from core.files import replacing
from core.pose.progress import OnProgress, Progress, ignore_progress
from core.pose.task_file import check_pose_model_file
from core.pose.vendor_download import download, vendor_address
from core.pose.wheel_bundle import full_task_from_wheel

__all__ = [
    "InstalledPoseModel",
    "OnProgress",
    "PoseVariant",
    "Progress",
    "check_pose_model_file",
    "installed_pose_model",
    "pose_model_path",
]

SCHEMA_VERSION = 1
_ABANDONED_S = 24 * 3600  # leftovers of a killed fetch that are older are cleared away


class PoseVariant(StrEnum):
    """The three sizes of the pose model; bigger finds bodies better and takes longer."""

    LITE = "lite"
    FULL = "full"
    HEAVY = "heavy"


OFFICIAL_SHA256 = {
    PoseVariant.LITE: "59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a",
    PoseVariant.FULL: "4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad",
    PoseVariant.HEAVY: "64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b",
}
# What wheel_bundle.py makes on every machine, as long as flatbuffers packs as it does.
MADE_SHA256 = "469eb49c4bd74f825e436f51ae222deb73a06d0eb48cf5e5889afa7b9d781eb9"
MADE = "made from the PyPI wheel mediapipe 0.10.21"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPoseModel:
    """A pose model file that has been verified just now."""

    path: Path
    sha256: str
    origin: str  # for people: how it was got


def pose_model_path(
    variant: str = PoseVariant.FULL,
    *,
    progress: OnProgress = ignore_progress,
    offline: bool = False,
    folder: Path | None = None,
) -> Path:
    """Path of a verified pose model; fetches it when it is not in `folder` yet (default: the user's data folder).

    `progress` may raise to cancel. Raises PoseModelError that says what to do where the file cannot be had.
    """
    wanted = _variant(variant)
    folder = folder or paths.pose_models_dir()
    installed = installed_pose_model(wanted, folder=folder)
    if installed is not None:
        return installed.path
    if offline:
        raise _not_available(wanted, folder, reasons=["no network was to be used"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(folder)
        content, origin = _fetch(wanted, folder, on_progress=progress)
        return _install(content, origin=origin, variant=wanted, folder=folder)
    except (OSError, OutputError) as error:
        reason = error.__cause__ if isinstance(error.__cause__, OSError) else error
        said = reason.strerror if isinstance(reason, OSError) and reason.strerror else reason
        raise PoseModelError(
            f"The pose model cannot be written to {folder} ({said}). Free some space there or make "
            "the folder writable, or set JOINTLIGHT_HOME to another folder."
        ) from error


def installed_pose_model(variant: str = PoseVariant.FULL, *, folder: Path | None = None) -> InstalledPoseModel | None:
    """The pose model in the folder if it is there and is what it should be; touches no network."""
    wanted = _variant(variant)
    path = _file(wanted, folder or paths.pose_models_dir())
    try:
        content = path.read_bytes()
    except OSError:
        return None
    sha256 = _sha256(content)
    if sha256 == OFFICIAL_SHA256[wanted]:
        return InstalledPoseModel(path=path, sha256=sha256, origin="the official file")
    if wanted is PoseVariant.FULL and sha256 == MADE_SHA256:
        return InstalledPoseModel(path=path, sha256=sha256, origin=MADE)
    record = _read_record(path)
    if record.get("sha256") == sha256:
        return InstalledPoseModel(path=path, sha256=sha256, origin=str(record.get("origin", "unknown")))
    return None


def _variant(name: str) -> PoseVariant:
    try:
        return PoseVariant(name)
    except ValueError:
        raise PoseModelError(f"Unknown pose model '{name}': known are {', '.join(PoseVariant)}.") from None


def _file(variant: PoseVariant, folder: Path) -> Path:
    return folder / f"pose_landmarker_{variant}.task"


def _fetch(variant: PoseVariant, folder: Path, *, on_progress: OnProgress) -> tuple[bytes, str]:
    """Verified content and its origin, from the first place that gives it."""
    reasons = []
    address = vendor_address(variant)
    try:
        content = download(address, on_progress=on_progress)
        if _sha256(content) == OFFICIAL_SHA256[variant]:
            return content, f"downloaded from {address}"
        reasons.append("the vendor's server gave another file (wrong sha256)")
    except PoseModelError as error:
        reasons.append(f"vendor: {error}")
    if variant is not PoseVariant.FULL:
        reasons.append("PyPI has the full model only")
        raise _not_available(variant, folder, reasons=reasons)
    try:
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder, ignore_cleanup_errors=True) as scratch:
            content = full_task_from_wheel(Path(scratch), on_progress=on_progress)
        return content, MADE
    except PoseModelError as error:
        reasons.append(f"PyPI: {error}")
    raise _not_available(variant, folder, reasons=reasons)


def _not_available(variant: PoseVariant, folder: Path, *, reasons: list[str]) -> PoseModelError:
    """One message with all that is needed to get the file by hand."""
    path = _file(variant, folder)
    state = "is damaged or unknown" if path.exists() else "is missing"
    return PoseModelError(
        f"The pose model file {path.name} {state} and could not be fetched ({'; '.join(reasons)}). Get it on a machine "
        f"with a network from {vendor_address(variant)} and put it into the folder {folder} (sha256 "
        f"{OFFICIAL_SHA256[variant]}), or name a pose model file of your own with --pose-model FILE."
    )


def _install(content: bytes, *, origin: str, variant: PoseVariant, folder: Path) -> Path:
    """Write the file and what is known of it; each appears whole or not at all."""
    path = _file(variant, folder)
    record = {"schema_version": SCHEMA_VERSION, "sha256": _sha256(content), "bytes": len(content), "origin": origin}
    _write_whole(_record_file(path), json.dumps(record, indent=2).encode())
    try:
        _write_whole(path, content)
    except OutputError:
        # Windows refuses to replace a file that another process reads: fine if that one is good.
        if installed_pose_model(variant, folder=folder) is None:
            raise
    return path


def _record_file(path: Path) -> Path:
    return path.with_suffix(".json")


def _read_record(path: Path) -> dict[str, object]:
    """What was noted when the file was fetched; empty if there is nothing of use."""
    try:
        record = json.loads(_record_file(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and record.get("schema_version") == SCHEMA_VERSION else {}


def _write_whole(path: Path, content: bytes) -> None:
    """Nobody ever sees half of it. Raises OutputError."""
    with replacing(path) as stream:
        stream.write(content)


def _clear_abandoned(folder: Path) -> None:
    """Delete what a killed fetch left a day ago or longer."""
    for path in (*folder.glob(".fetch-*"), *folder.glob(".part-*")):
        if time.time() - path.stat().st_mtime > _ABANDONED_S:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
