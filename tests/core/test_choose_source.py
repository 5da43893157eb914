"""Which text means which source."""

from pathlib import Path

import pytest

from core.errors import SourceError
from core.sources.camera import Camera
from core.sources.choose import SourceKind, open_choice, source_kind
from core.sources.performer.source import Performer
from core.sources.performer.troupe import Troupe
from core.sources.source import FrameSource
from core.sources.video import VideoFile


def kind(source: FrameSource) -> type:
    source.close()
    return type(source)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("camera", Camera),
        ("camera:HD Webcam", Camera),
        ("camera:0", Camera),
        ("0", Camera),
        (" performer ", Troupe),
        ("performer:wave", Performer),
        ("clip.mp4", VideoFile),
        ("./performer", VideoFile),
        ("some/folder/clip", VideoFile),
        ("~/clip.mkv", VideoFile),
    ],
)
def test_words_and_paths(text: str, expected: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if text == "./performer":
        (tmp_path / "performer").touch()
    assert kind(open_choice(text, real_time=False)) is expected


CLASSES: dict[SourceKind, set[type]] = {
    SourceKind.CAMERA: {Camera},
    SourceKind.VIDEO: {VideoFile},
    SourceKind.PERFORMER: {Performer, Troupe},
}


@pytest.mark.parametrize(
    "text", ["camera", "camera:HD", " 0 ", "performer", "performer:wave", "clip.mp4", "a/camera", "~no-such-user/b"]
)
def test_the_kind_is_that_of_what_is_opened(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert kind(open_choice(text, real_time=False)) in CLASSES[source_kind(text)]


@pytest.mark.parametrize("text", ["performer", "camera", "0", "performer:wave"])
def test_an_existing_file_wins_over_a_word(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / text).touch()
    assert source_kind(text) is SourceKind.VIDEO
    assert kind(open_choice(text, real_time=False)) is VideoFile


@pytest.mark.parametrize("text", ["", "  ", "kamera", "webcam", "performers", "."])
def test_nonsense_is_answered_with_what_can_be_given(text: str) -> None:
    with pytest.raises(SourceError, match=r"'camera'.*'performer'.*video file"):
        open_choice(text, real_time=True)
    with pytest.raises(SourceError):
        source_kind(text)


def test_an_unknown_action_is_answered_at_once() -> None:
    with pytest.raises(SourceError, match="wave"):
        open_choice("performer:juggling", real_time=True)


def test_a_missing_file_is_named_when_it_is_opened(tmp_path: Path) -> None:
    source = open_choice(str(tmp_path / "nowhere.mp4"), real_time=False)
    with pytest.raises(SourceError, match=r"nowhere\.mp4"):
        source.open()


def test_a_folder_is_named_when_it_is_opened(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder"):
        open_choice(str(tmp_path), real_time=False).open()


@pytest.mark.parametrize("text", ["x" * 5000, "x" * 5000 + ".mp4", "folder/" * 2000])
def test_a_text_that_no_file_could_be_called_is_an_error_too(text: str) -> None:
    with pytest.raises(SourceError):
        open_choice(text, real_time=False).open()
