"""A model as one ZIP file. What comes out of one from elsewhere is checked before any of it is in its place."""

import contextlib
import json
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.errors import DataError, ModelError, OutputError
from core.files import replacing, replacing_folder
from core.library.names import as_part
from core.library.records import check_name
from core.model.folder import CARD, CONFIG, METRICS, WEIGHTS, check_target, load_model
from core.zip_files import PIECE_BYTES, ZIP_ERRORS, opened_zip

_MOST_BYTES: Final = {CONFIG: 4 * 2**20, METRICS: 4 * 2**20, CARD: 4 * 2**20, WEIGHTS: 256 * 2**20}
_NEEDED: Final = (CONFIG, WEIGHTS)
_LONGEST_NAME: Final = 100  # bytes of a model's name
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the same file whenever it is written; the earliest time that a ZIP file knows
_UNIX: Final = 3
_KINDS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others take memory that nobody has bounded


def write_archive(folder: Path, zip_path: Path) -> None:
    """Write the files of a model folder into a ZIP file, in a folder of the model's name; the same model, same bytes.

    Weights hardly become smaller, so nothing is compressed.

    Raises ModelError where the model cannot be loaded, and OutputError where the file cannot be written.
    """
    load_model(str(folder.absolute()), device="cpu")
    top = as_part(folder.resolve().name, most_bytes=_LONGEST_NAME)
    with replacing(zip_path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in (CONFIG, METRICS, CARD, WEIGHTS):
            content = _content(folder / name)
            if content is not None:
                entry = zipfile.ZipInfo(f"{top}/{name}", date_time=_EPOCH)
                entry.create_system, entry.external_attr = _UNIX, (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, content)


def _content(path: Path) -> bytes | None:
    """Of a part; None where a model does without. Raises ModelError."""
    if path.name not in _NEEDED and not path.exists():
        return None
    try:
        if path.stat().st_size > _MOST_BYTES[path.name]:
            raise ModelError(f"{path} is larger than {_MOST_BYTES[path.name] // 2**20} MB and is not exported.")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"Cannot read {path}: {error.strerror or error}.") from error


def archived_name(zip_path: Path) -> str:
    """What the model in a ZIP file is called: as its folder, or as the file. Raises ModelError as `read_archive`."""
    with _opened(zip_path) as archive:
        top, _ = _checked_entries(zip_path, archive)
    return as_part(top or zip_path.stem, most_bytes=_LONGEST_NAME)


def read_archive(zip_path: Path, target_folder: Path, *, replace: bool = False) -> Path:
    """Take the model out of a ZIP file; returns its folder, which appears whole, or not at all.

    The file may hold the parts of a model and nothing else, all of them in one folder or none. Names, kinds and sizes
    are checked before anything is written, and the model is loaded before it is in its place.

    Args:
        zip_path: from anywhere.
        target_folder: where the model goes.
        replace: whether it may take the place of another model.

    Raises:
        ModelError: the file is damaged, holds something else, or no model that runs.
        OutputError: there is a model already, or something that is none; or it cannot be written.
    """
    target = check_target(target_folder)
    if not replace and target.is_dir() and any(target.iterdir()):
        raise OutputError(f"There is a model in {target} already: choose another name, or say that it is replaced.")
    with _opened(zip_path) as archive:
        _, entries = _checked_entries(zip_path, archive)
        with replacing_folder(target) as new:
            for name, entry in entries.items():
                with (new / name).open("wb") as stream:
                    for piece in _pieces(zip_path, archive, entry):
                        stream.write(piece)
            _check_model(zip_path, new)
    return target


@contextlib.contextmanager
def _opened(zip_path: Path) -> Iterator[zipfile.ZipFile]:
    with contextlib.ExitStack() as stack:
        try:
            archive = stack.enter_context(opened_zip(zip_path))
        except ZIP_ERRORS as error:
            raise _damaged(zip_path, error) from error
        yield archive


def _damaged(zip_path: Path, error: Exception) -> ModelError:
    if isinstance(error, OSError):
        return ModelError(f"Cannot read {zip_path}: {error.strerror or error}.")
    return ModelError(f"{zip_path} is no ZIP file that can be read ({error}): get it again.")


def _checked_entries(zip_path: Path, archive: zipfile.ZipFile) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The folder within, "" for none, and the entry of each part. Raises ModelError for what else there is."""
    found: dict[str, zipfile.ZipInfo] = {}
    tops: set[str] = set()
    for entry in archive.infolist():
        top, slash, name = entry.filename.rpartition("/")
        if slash and top and not name and _is_plain(top):  # the folder itself
            tops.add(top)
            continue
        problem = _problem(entry, top, name)
        if not problem and name in found:
            problem = "is there twice"
        if problem:
            raise ModelError(f"{zip_path} is not imported: {entry.filename[:80]!r} in it {problem}.")
        tops.add(top)
        found[name] = entry
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise ModelError(f"{zip_path} holds no model: it has no {missing[0]}.")
    if len(tops) > 1:
        raise ModelError(f"{zip_path} is not imported: it holds more than one folder.")
    return tops.pop(), found


def _is_plain(top: str) -> bool:
    """Whether that can be a folder within: one, and none that leads elsewhere."""
    return top not in {".", ".."} and not set(top) & set("/\\:\0")


def _problem(entry: zipfile.ZipInfo, top: str, name: str) -> str:
    """Why an entry is refused, "" where it is not."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.filename.startswith("/") or not _is_plain(top) or name not in _MOST_BYTES:
        return "is no part of a model"
    if kind not in {0, stat.S_IFREG}:
        return "is a link, or no ordinary file"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in _KINDS:
        return "is compressed in a way that is not read here"
    if entry.file_size > _MOST_BYTES[name]:
        return f"would have more than {_MOST_BYTES[name] // 2**20} MB"
    return ""


def _pieces(zip_path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of an entry; no more of it than it says, whatever comes out. Raises ModelError."""
    left = entry.file_size
    try:
        with archive.open(entry) as stream:
            while piece := stream.read(PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    raise zipfile.BadZipFile("more comes out than it says")
                yield piece
    except ZIP_ERRORS as error:
        raise _damaged(zip_path, error) from error
    if left:
        raise _damaged(zip_path, zipfile.BadZipFile("less comes out than it says"))


def _check_model(zip_path: Path, folder: Path) -> None:
    """Raises ModelError unless the model runs and its texts can be read."""
    try:
        config = load_model(str(folder), device="cpu").config
        for name in (config.title, *config.actions):  # they are shown in windows and terminals
            check_name(name, what="a model or an action")
        if (folder / METRICS).exists() and not isinstance(json.loads((folder / METRICS).read_bytes()), dict):
            raise ModelError(f"{METRICS} holds no JSON object.")
        if (folder / CARD).exists():
            (folder / CARD).read_text(encoding="utf-8")
    except (ModelError, DataError, ValueError, RecursionError) as error:
        reason = str(error).replace(f"{folder}{os.sep}", "").replace(" Restore the model folder.", "")
        raise ModelError(f"{zip_path} holds no model that runs: {reason}") from error
