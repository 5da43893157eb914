"""A clip to take home: each ending writes its kind, and none is begun that cannot be ended."""

import csv
import io
from pathlib import Path

import pytest

from core.errors import OutputError
from core.explain.explained import Explained, explain_clip
from core.explain.heat import Palette, scale_of
from core.explain.occlusion import occlude
from core.explain.take_home import ENDINGS, TakeHome, check_file, is_moving, write_clip
from core.model.sta_lstm import Variant
from core.sources.video import VideoFile
from tests.explaining import moving, small_model

BEGINS = {".png": b"\x89PNG", ".svg": b"<?xml", ".html": b"<!doctype html", ".gif": b"GIF8", ".csv": b""}


@pytest.fixture(scope="module")
def clip() -> Explained:
    return explain_clip(small_model(), moving(24))


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_ending_writes_its_kind(tmp_path: Path, clip: Explained, ending: str) -> None:
    file = tmp_path / f"clip{ending}"
    scale = scale_of(clip.heat, of="this clip", palette=Palette.CIVIDIS)
    wish = TakeHome(clip="A clip", title="Waving", scale=scale)
    done: list[tuple[int, int | None]] = []
    write_clip(
        file, clip, wish, occlusion=occlude(small_model(), clip), progress=lambda *parts: done.append(parts)
    )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == [file.name], "nothing half-done is left"
    content = file.read_bytes()
    assert content.lower().startswith(BEGINS.get(ending, b"").lower())
    if ending in (".svg", ".html"):
        assert b"Waving" in content
    if is_moving(file):
        assert done
    if is_moving(file) and ending != ".gif":
        film = VideoFile(file, real_time=False)
        assert film.open().frame_count
        film.close()


def test_the_table_holds_the_numbers(tmp_path: Path, clip: Explained) -> None:
    write_clip(tmp_path / "clip.csv", clip, TakeHome())
    text = (tmp_path / "clip.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(line for line in io.StringIO(text) if not line.startswith("#")))
    assert len(rows) == 1 + len(clip)
    place = next(number for number, name in enumerate(rows[0]) if "beta" in name)
    assert [float(row[place]) for row in rows[1:]] == pytest.approx(clip.beta.tolist(), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("ending", [".png", ".html", ".csv"])
def test_a_network_without_gates_is_taken_home_too(tmp_path: Path, ending: str) -> None:
    model = small_model(Variant.LSTM)
    plain = explain_clip(model, moving(20))
    write_clip(tmp_path / f"clip{ending}", plain, TakeHome(), occlusion=occlude(model, plain))
    assert (tmp_path / f"clip{ending}").stat().st_size > 100


@pytest.mark.parametrize("name", ["clip", "clip.txt", "clip.exe", "clip.png.zip"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="must end in"):
        check_file(tmp_path / name)


def test_a_place_that_cannot_be_written_is_said_before_any_work(tmp_path: Path, clip: Explained) -> None:
    with pytest.raises(OutputError):
        write_clip(tmp_path / "missing" / "deep" / "clip.png", clip, TakeHome())
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError):
        check_file(tmp_path / "folder.png")


def test_what_progress_raises_ends_the_work_and_leaves_nothing(tmp_path: Path, clip: Explained) -> None:
    class Stop(Exception):  # noqa: N818  # it is no error
        pass

    def stop(_done: int, _total: int | None) -> None:
        raise Stop

    with pytest.raises(Stop):
        write_clip(tmp_path / "clip.mp4", clip, TakeHome(), progress=stop)
    assert list(tmp_path.iterdir()) == []
