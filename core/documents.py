"""JSON files of ours: read strictly into frozen dataclasses, written atomically.

An error names the file, the field and the value. Sizes are bounded, since a file may come from anywhere.
"""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from core.errors import DataError, OutputError
from core.files import keep_out_of_libraries, replacing

T = TypeVar("T")

MAX_DOCUMENT_BYTES = 16 * 2**20


def read_document(path: Path, kind: type[T], *, schema_version: int) -> T:
    """Read a versioned JSON object into the dataclass `kind`. Raises DataError with file, field and value."""
    text, data = read_json(path)
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version != schema_version:
        is_newer = isinstance(version, int) and version > schema_version
        raise DataError(
            f"{path}: schema_version is {version!r}; this version of Jointlight reads {schema_version}."
            + (" A newer one wrote it: update Jointlight to open it." if is_newer else "")
        )
    return validated(path, text, kind)


def read_json(path: Path) -> tuple[str, Any]:
    """A JSON file as text and as what it holds. Raises DataError where it is too large, or none."""
    try:
        if path.stat().st_size > MAX_DOCUMENT_BYTES:
            raise DataError(f"{path} is larger than {MAX_DOCUMENT_BYTES // 2**20} MB and is not read.")
        text = path.read_text(encoding="utf-8")
        return text, json.loads(text)
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not valid JSON ({error}).") from error


def validated(path: Path, text: str, kind: type[T]) -> T:
    """The text of a JSON file as the dataclass `kind`. Raises DataError with file, field and value."""
    try:
        value: T = _adapter(kind).validate_json(text, strict=True)  # no text for a number
    except DataError as error:  # what a document says about itself when it is made
        raise DataError(f"{path}: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path}: {field}: {first['msg']} (got {str(first['input'])[:80]!r}).") from error
    return value


_adapters: dict[type[Any], TypeAdapter[Any]] = {}  # making one takes longer than reading a file with it


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def check_target(file: Path | None) -> None:
    """Before minutes of work: whether there is a folder for the file, and nothing of a library. Raises OutputError."""
    if file is None:
        return
    keep_out_of_libraries(file)
    if not file.absolute().parent.is_dir():
        raise OutputError(f"There is no folder {file.absolute().parent} to write {file.name} into; make it first.")


def write_document(path: Path, value: Any) -> None:
    """Write a dataclass or a mapping as readable JSON, atomically. Raises OutputError with the reason."""
    data = _adapter(type(value)).dump_python(value, mode="json")
    content = (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()
    if len(content) > MAX_DOCUMENT_BYTES:
        raise OutputError(f"{path} would be larger than {MAX_DOCUMENT_BYTES // 2**20} MB and could not be read again.")
    with replacing(path) as stream:
        stream.write(content)
