"""`jointlight models export` and `import`: a model as one file, for other computers and other programs."""

from pathlib import Path
from typing import Annotated

import typer

from core import paths
from core.cli import options
from core.cli.console import err, out, print_json
from core.documents import check_target
from core.errors import ModelError, OutputError
from core.library.names import as_part
from core.model.archive import archived_name, read_archive, write_archive
from core.model.folder import find_model, list_models, load_model
from core.model.onnx_export import export_onnx, need_onnx
from core.paths import expanded

_ZIP, _ONNX = ".zip", ".onnx"


def export_model(
    model: Annotated[str, typer.Argument(help="Name or folder of the model.", metavar="NAME")],
    target: Annotated[Path, typer.Option("--out", "--output", help="File to write: .zip or .onnx.")],
    json_output: options.Json = False,
) -> None:
    """Write a model as one file: .zip for another Jointlight, .onnx for other programs.

    A ZIP file holds the folder as it is. An ONNX file takes any number of windows (batch, frames, joints, channels) and
    gives logits, alpha, beta and calibrated probabilities; its metadata says what the features are made of. Where the
    model refines joints that were found in pixels, what does so is written beside it as NAME.refiner.onnx.
    """
    target = expanded(target)
    suffix = target.suffix.lower()
    if suffix not in (_ZIP, _ONNX):
        raise OutputError(f"'{target}' must end in {_ZIP} or {_ONNX}.")
    check_target(target)
    if target.is_dir():
        raise OutputError(f"'{target}' is a folder: give the name of a file in it.")
    folder = find_model(model)
    if suffix == _ZIP:
        write_archive(folder, target)
        size, said = target.stat().st_size, "Import it with `jointlight models import`."
        found: dict[str, object] = {}
    else:
        need_onnx()
        report = export_onnx(folder, target)
        size, found = report.size_bytes, {"difference": report.difference, "frames_tried": list(report.frames_tried)}
        said = (
            f"In: features {_shape(report.input_shape)}; out: {', '.join(report.outputs)} of {report.actions} actions. "
            f"It differs from torch by {report.difference:.1g} at most."
        )
        if report.refiner is not None:
            found["refiner"] = str(report.refiner)
            said += f" What refines joints that were found in pixels is in {report.refiner.name} beside it."
    if json_output:
        print_json({"model": folder.resolve().name, "output": str(target), "bytes": size, **found})
        return
    out.print(f"{folder.resolve().name} is in {target}, {size / 1e6:.1f} MB. {said}", markup=False)


def import_model(
    file: Annotated[Path, typer.Argument(help="ZIP file that `jointlight models export` has written.")],
    name: Annotated[str | None, typer.Option(help="What it is to be called; else as in the file.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a model of that name.")] = False,
    json_output: options.Json = False,
) -> None:
    """Take a model out of a ZIP file into your own models. It is checked first: nothing in it is ever run."""
    file = expanded(file)
    chosen = archived_name(file) if name is None else _checked_name(name)
    known = {entry.name.casefold(): entry for entry in list_models()}.get(chosen.casefold())
    chosen = chosen if known is None else known.name  # however the file spells it
    if known is not None and not replace:
        raise OutputError(
            f"There is a model '{chosen}' already, in {known.path}: give another --name, or --replace, "
            "and this one is found in its place."
        )
    folder = read_archive(file, paths.own_models_dir() / chosen, replace=replace)
    actions = load_model(str(folder), device="cpu").actions
    if json_output:
        print_json({"model": chosen, "path": str(folder), "actions": list(actions)})
        return
    if (paths.BUNDLED_MODELS / chosen).is_dir():
        err.print(f"Note: it now stands before the model '{chosen}' that came with Jointlight.", markup=False)
    out.print(f"The model '{chosen}' is in {folder}. It knows {len(actions)} actions.", markup=False)


def _checked_name(name: str) -> str:
    """Raises ModelError for what cannot be the name of a folder on every system."""
    plain = as_part(name, most_bytes=100)
    if plain != name:
        raise ModelError(f"'{name[:80]}' cannot be the name of a model; '{plain}' could.")
    return name


def _shape(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))})"
