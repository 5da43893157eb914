"""Models as ZIP files: the same bytes again, whole or not at all, and nothing gets out of its place."""

import json
import shutil
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import paths
from core.cli.run import run
from core.cli.window import WindowRequest
from core.errors import ModelError, OutputError
from core.model.archive import archived_name, read_archive, write_archive
from core.model.folder import CARD, CONFIG, METRICS, WEIGHTS, load_model, save_model
from tests.fakes import tiny_model


def no_window(_request: WindowRequest) -> int:
    raise AssertionError("a model is packed without a window")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model, path = tiny_model(), tmp_path_factory.mktemp("models") / "tiny"
    save_model(path, network=model.network, config=model.config, metrics={"accuracy": 0.5}, card="# Tiny, Jürgen's\n")
    return path


@pytest.fixture
def packed(folder: Path, tmp_path: Path) -> Path:
    write_archive(folder, tmp_path / "packed.zip")
    return tmp_path / "packed.zip"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_model_comes_back_byte_for_byte_and_runs(folder: Path, packed: Path, tmp_path: Path) -> None:
    found = read_archive(packed, tmp_path / "models" / "again")
    assert contents(found) == contents(folder)
    window = np.random.default_rng(1).normal(size=(20, 21, 9)).astype(np.float32)
    again, before = (load_model(str(place), device="cpu").predict(window) for place in (found, folder))
    np.testing.assert_array_equal(again.probabilities, before.probabilities)
    assert [path.name for path in found.parent.iterdir()] == ["again"], "nothing half-written stays"
    assert archived_name(packed) == "tiny"


def test_the_same_model_gives_the_same_bytes_wherever_it_lies(folder: Path, packed: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "tiny")
    for path in (tmp_path / "tiny").iterdir():
        path.touch()
    write_archive(tmp_path / "tiny", tmp_path / "other.zip")
    assert (tmp_path / "other.zip").read_bytes() == packed.read_bytes()


def test_a_model_without_figures_and_card_is_one_too(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "bare")
    (tmp_path / "bare" / METRICS).unlink()
    (tmp_path / "bare" / CARD).unlink()
    write_archive(tmp_path / "bare", tmp_path / "bare.zip")
    assert set(contents(read_archive(tmp_path / "bare.zip", tmp_path / "again"))) == {CONFIG, WEIGHTS}


def test_a_damaged_model_is_not_exported(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "broken")
    (tmp_path / "broken" / WEIGHTS).write_bytes(b"")
    with pytest.raises(ModelError, match=WEIGHTS):
        write_archive(tmp_path / "broken", tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_another_model_stays_unless_it_is_to_be_replaced(packed: Path, tmp_path: Path) -> None:
    other, place = tiny_model(("a", "b", "c", "d")), tmp_path / "model"
    save_model(place, network=other.network, config=other.config, metrics={}, card="")
    with pytest.raises(OutputError, match="already"):
        read_archive(packed, place)
    assert load_model(str(place), device="cpu").actions == ("a", "b", "c", "d")
    read_archive(packed, place, replace=True)
    assert load_model(str(place), device="cpu").actions == ("wave", "clap", "squat")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.png").write_bytes(b"precious")
    with pytest.raises(OutputError, match="other things"):
        read_archive(packed, tmp_path / "photos", replace=True)


# --- files that lie ---

Write = Callable[[zipfile.ZipFile, dict[str, bytes]], None]


def each(rename: Callable[[str], str]) -> Write:
    def write(archive: zipfile.ZipFile, parts: dict[str, bytes]) -> None:
        for name, content in parts.items():
            archive.writestr(rename(name), content)

    return write


def also(name: str, content: bytes = b"x", *, mode: int = 0, times: int = 1) -> Write:
    def write(archive: zipfile.ZipFile, parts: dict[str, bytes]) -> None:
        each(lambda part: f"m/{part}")(archive, parts)
        for _ in range(times):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)

    return write


def with_part(part: str, content: bytes) -> Write:
    return lambda archive, parts: each(lambda name: name)(archive, {**parts, part: content})


def without(part: str) -> Write:
    return lambda archive, parts: each(lambda name: name)(
        archive, {name: content for name, content in parts.items() if name != part}
    )


def bomb(archive: zipfile.ZipFile, parts: dict[str, bytes]) -> None:
    """A few kilobytes that unpack to more than a card may have."""
    each(lambda name: name)(archive, {name: content for name, content in parts.items() if name != CARD})
    archive.writestr(CARD, bytes(5 * 2**20), compress_type=zipfile.ZIP_DEFLATED)


LIES: dict[str, tuple[Write, str]] = {
    "out of the folder": (each(lambda name: f"../{name}"), "no part of a model"),
    "far out": (each(lambda name: f"a/../../{name}"), "no part of a model"),
    "absolute": (each(lambda name: f"/{name}"), "no part of a model"),
    "absolute, deep": (each(lambda name: f"/etc/{name}"), "no part of a model"),
    "Windows": (each(lambda name: f"..\\{name}"), "no part of a model"),
    "drive": (each(lambda name: f"C:/{name}"), "no part of a model"),
    "two levels": (each(lambda name: f"a/b/{name}"), "no part of a model"),
    "two folders": (each(lambda name: f"{name[0]}/{name}"), "more than one folder"),
    "a stranger": (also("m/run.py"), "no part of a model"),
    "a stranger outside": (also("run.py"), "no part of a model"),
    "a pickle": (also("m/model.pt"), "no part of a model"),
    "a folder outside": (also("../"), "no part of a model"),
    "the root": (also("/"), "no part of a model"),
    "a folder of another name": (also("n/"), "more than one folder"),
    "twice": (also(f"m/{CARD}"), "is there twice"),
    "a link": (
        lambda archive, parts: also(f"m/{CARD}", b"/etc/passwd", mode=stat.S_IFLNK | 0o777)(
            archive, {name: content for name, content in parts.items() if name != CARD}
        ),
        "is a link",
    ),
    "no config": (without(CONFIG), CONFIG),
    "no weights": (without(WEIGHTS), WEIGHTS),
    "empty": (lambda archive, parts: None, "holds no model"),
    "a bomb": (bomb, "more than 4 MB"),
    "bad config": (with_part(CONFIG, b"{"), "no model that runs: config.json is not valid JSON"),
    "an action that writes into the terminal": (
        lambda archive, parts: with_part(CONFIG, parts[CONFIG].replace(b'"wave"', rb'"\u001b[2J"'))(archive, parts),
        "cannot be seen",
    ),
    "weights of another network": (with_part(WEIGHTS, b"\x08" + bytes(7) + b"{}      "), "no model that runs"),
    "figures that are none": (with_part(METRICS, b"[" * 100_000), "no model that runs"),
    "a list of figures": (with_part(METRICS, b"[]"), "no JSON object"),
    "a card that is no text": (with_part(CARD, b"\xff\xfe\xfa"), "no model that runs"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("lie", LIES, ids=str)
def test_what_is_no_model_is_refused_and_leaves_nothing(folder: Path, tmp_path: Path, lie: str) -> None:
    write, said = LIES[lie]
    with zipfile.ZipFile(tmp_path / "from elsewhere.zip", "w") as archive:
        write(archive, contents(folder))
    with pytest.raises(ModelError, match=said) as found:
        read_archive(tmp_path / "from elsewhere.zip", tmp_path / "home" / "models" / "new")
    assert "from elsewhere.zip" in str(found.value)
    assert ".part-" not in str(found.value)
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert {path.name for path in tmp_path.iterdir()} <= {"from elsewhere.zip", "home"}


@pytest.mark.parametrize(
    ("offset", "value", "said"),
    [(8, 0x1, "encrypted"), (10, 12, "compressed in a way"), (10, 99, "compressed in a way"), (24, 2**31, "more than")],
)
def test_a_list_of_entries_that_lies(packed: Path, tmp_path: Path, offset: int, value: int, said: str) -> None:
    content = bytearray(packed.read_bytes())
    entry = content.index(b"PK\x01\x02")
    width = 4 if offset == 24 else 2
    content[entry + offset : entry + offset + width] = value.to_bytes(width, "little")
    packed.write_bytes(content)
    with pytest.raises(ModelError, match=said):
        read_archive(packed, tmp_path / "new")


@pytest.mark.parametrize("said_bytes", [10, 100_000])
def test_sizes_that_are_not_true(packed: Path, tmp_path: Path, said_bytes: int) -> None:
    content = bytearray(packed.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = said_bytes.to_bytes(4, "little")
    packed.write_bytes(content)
    with pytest.raises(ModelError):
        read_archive(packed, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_list_of_millions_of_entries_is_not_read(tmp_path: Path) -> None:
    """Each takes half a kilobyte of memory once it is read, and 47 bytes in the file."""
    one = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    listed = one * 100_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(listed), 0, 0)
    (tmp_path / "long.zip").write_bytes(listed + end)
    with pytest.raises(ModelError, match="list of entries is too long"):
        read_archive(tmp_path / "long.zip", tmp_path / "new")


def test_what_is_no_zip_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no ZIP file")
    for name, said in (("text.zip", "no ZIP file that can be read"), ("none.zip", "Cannot read"), (".", "Cannot read")):
        with pytest.raises(ModelError, match=said):
            read_archive(tmp_path / name, tmp_path / "new")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400), whole=st.booleans(), data=st.data())
def test_no_bytes_break_the_reader(
    folder: Path, tmp_path: Path, content: bytes, whole: bool, data: st.DataObject
) -> None:
    """Any bytes, and an archive of which some bytes are others: a model that runs, or ModelError."""
    path, target = tmp_path / "any.zip", tmp_path / "any"
    if whole:
        write_archive(folder, path)
        changed = bytearray(path.read_bytes())
        listed = changed.index(b"PK\x01\x02")
        for byte in content[:6]:
            places = st.one_of(st.integers(0, 60), st.integers(listed, len(changed) - 1), st.integers(0, listed))
            changed[data.draw(places)] = byte
        content = bytes(changed)
    path.write_bytes(content)
    try:
        read_archive(path, target, replace=True)
    except ModelError:
        pass
    else:
        load_model(str(target), device="cpu")
    assert {one.name for one in tmp_path.iterdir()} <= {"any.zip", "any"}


# --- the command line ---


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    return paths.own_models_dir()


def said_by(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> str:
    assert run(["models", *map(str, arguments)], open_window=no_window) == status
    said = capsys.readouterr()
    return " ".join((said.out + said.err).split())


def test_a_model_goes_into_a_file_and_into_another_home(
    folder: Path, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = json.loads(said_by(capsys, "export", folder, "--out", tmp_path / "out.zip", "--json"))
    assert report["bytes"] == (tmp_path / "out.zip").stat().st_size
    assert "knows 3 actions" in said_by(capsys, "import", tmp_path / "out.zip")
    assert contents(home / "tiny") == contents(folder)
    assert "already" in said_by(capsys, "import", tmp_path / "out.zip", "--name", "Tiny", status=2)
    assert "already" in said_by(capsys, "import", tmp_path / "out.zip", status=2)
    said_by(capsys, "import", tmp_path / "out.zip", "--replace")
    said_by(capsys, "import", tmp_path / "out.zip", "--name", "TINY", "--replace")
    assert [path.name for path in home.iterdir()] == ["tiny"], "it takes the place of the one that is there"
    found = json.loads(said_by(capsys, "import", tmp_path / "out.zip", "--name", "other", "--json"))
    assert found == {"model": "other", "path": str(home / "other"), "actions": ["wave", "clap", "squat"]}
    listed = json.loads(said_by(capsys, "list", "--json"))["models"]
    assert {"tiny", "other"} < {model["name"] for model in listed}


def test_a_model_of_the_name_of_one_that_came_with_it_is_no_accident(
    packed: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "already" in said_by(capsys, "import", packed, "--name", "everyday", status=2)
    assert not home.exists()
    assert "stands before the model" in said_by(capsys, "import", packed, "--name", "everyday", "--replace")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "nobody", "--out", "{}/out.zip"], "There is no model 'nobody'"),
        (["export", "everyday", "--out", "{}/out.pt"], "must end in .zip or .onnx"),
        (["export", "everyday", "--out", "{}/none/out.zip"], "make it first"),
        (["export", "everyday", "--out", "{}/folder.zip"], "is a folder"),
        (["import", "{}/packed.zip", "--name", "../out"], "cannot be the name of a model; 'out' could"),
        (["import", "{}/packed.zip", "--name", "con"], "cannot be the name"),
        (["import", "{}/none.zip"], "Cannot read"),
    ],
)
def test_what_cannot_be_is_said(
    packed: Path, tmp_path: Path, home: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.zip").mkdir()
    filled = [argument.format(packed.parent) for argument in arguments]
    assert said in said_by(capsys, *filled, status=2)
    assert not home.exists()


def test_a_network_goes_into_an_onnx_file(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = said_by(capsys, "export", folder, "--out", tmp_path / "out.onnx")
    assert "In: features (batch, frames, 21, 9); out: logits, alpha, beta, probabilities of 3 actions." in said
    assert (tmp_path / "out.onnx").is_file()


def test_names_of_others_are_no_markup_and_no_orders_to_the_terminal(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model()
    actions = ("[red]wave", "a [/b]", *model.config.actions[2:])
    config = replace(model.config, actions=actions)
    save_model(home / "odd", network=model.network, config=config, metrics={}, card="")
    said = said_by(capsys, "list")
    assert "[red]wave" in said
    assert "a [/b]" in said
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("m/\x1b[2J\x1b]0;x\x07evil", b"")
    assert "\x1b" not in said_by(capsys, "import", tmp_path / "evil.zip", status=2)


def test_figures_that_nest_too_deep_do_not_break_the_list(
    folder: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(folder, home / "odd")
    (home / "odd" / METRICS).write_text("[" * 100_000)
    listed = json.loads(said_by(capsys, "list", "--json"))["models"]
    assert {model["name"]: model["accuracy"] for model in listed}["odd"] is None
