"""Settings survive, bad ones are dropped one by one, and nothing of it stops the start."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import Settings, load_settings, read_settings, save_settings, settings_path
from app.theme import ThemeChoice

GOOD = Settings(source="performer:wave", model="mine", mirror_camera=False, heat=False, theme=ThemeChoice.DARK)
json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def test_what_was_saved_comes_back(own_home: Path) -> None:
    save_settings(GOOD)
    assert load_settings() == GOOD
    assert [path.name for path in own_home.iterdir()] == ["window.json"]


def test_without_a_file_the_defaults_count() -> None:
    assert load_settings() == Settings()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"schema_version": 99}', b"[" * 100_000])
def test_a_damaged_file_counts_as_none(own_home: Path, content: bytes) -> None:
    own_home.mkdir()
    settings_path().write_bytes(content)
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("source", 5), ("model", None), ("mirror_camera", "yes"), ("heat", 1), ("theme", "pink"), ("geometry", [])],
)
def test_a_bad_value_costs_only_itself(name: str, value: object) -> None:
    save_settings(GOOD)
    found: dict[str, Any] = json.loads(settings_path().read_text())
    settings_path().write_text(json.dumps({**found, name: value, "unknown": 1}))
    loaded = load_settings()
    assert getattr(loaded, name) == getattr(Settings(), name)
    others = [field for field in Settings.__slots__ if field != name]
    assert [getattr(loaded, field) for field in others] == [getattr(GOOD, field) for field in others]


@given(st.dictionaries(st.sampled_from(Settings.__slots__), json_values))
def test_no_content_stops_the_start(found: dict[str, object]) -> None:
    read_settings({"schema_version": 1, **found})


def test_a_full_disk_keeps_the_old_settings_and_leaves_nothing_half(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    save_settings(GOOD)
    monkeypatch.setattr(os, "fsync", full)
    save_settings(Settings())
    assert load_settings() == GOOD
    assert [path.name for path in own_home.iterdir()] == ["window.json"]


def test_a_disk_that_cannot_be_written_does_not_stop_anything(own_home: Path) -> None:
    own_home.write_text("a file where the folder should be")
    save_settings(GOOD)
    assert load_settings() == Settings()
