"""Sounds of the count-down: those of the files where there is a loudspeaker, the desktop's bell where there is none."""

import sys
import wave
from types import SimpleNamespace

import pytest
from PyQt6.QtCore import QObject, QUrl
from PyQt6.QtWidgets import QApplication

from app.sounds import Sound, Sounds
from core.paths import ASSETS


class Effect:
    """Stands for a QSoundEffect, and remembers what was played."""

    played: list[str] = []  # noqa: RUF012  # emptied by the fixture

    def __init__(self, parent: QObject) -> None:
        self.parent, self.url, self.volume = parent, QUrl(), 0.0

    def setSource(self, url: QUrl) -> None:
        self.url = url

    def setVolume(self, volume: float) -> None:
        self.volume = volume

    def play(self) -> None:
        assert 0 < self.volume <= 1
        self.played.append(self.url.toLocalFile())


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the bell rang."""
    Effect.played.clear()
    rung: list[str] = []
    monkeypatch.setattr(QApplication, "beep", lambda: rung.append("bell"))
    return rung


def machine(monkeypatch: pytest.MonkeyPatch, *, outputs: int) -> None:
    devices = SimpleNamespace(audioOutputs=lambda: ["loudspeaker"] * outputs)
    module = SimpleNamespace(QMediaDevices=devices, QSoundEffect=Effect)
    monkeypatch.setitem(sys.modules, "PyQt6.QtMultimedia", module)


@pytest.mark.parametrize("sound", Sound)
def test_each_sound_is_a_short_file(sound: Sound) -> None:
    with wave.open(str(ASSETS / "sounds" / f"{sound}.wav")) as file:
        assert 0.02 < file.getnframes() / file.getframerate() < 2


def test_where_there_is_a_loudspeaker_the_files_are_played(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, bells: list[str]
) -> None:
    machine(monkeypatch, outputs=1)
    sounds = Sounds(QObject(qapp))
    sounds.load()
    for sound in (Sound.TICK, Sound.GO, Sound.TICK):
        sounds.play(sound)
    names = [path.rsplit("/", 1)[1] for path in Effect.played]
    assert (names, bells) == (["tick.wav", "go.wav", "tick.wav"], [])


def test_without_a_loudspeaker_the_bell_rings(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, bells: list[str]
) -> None:
    machine(monkeypatch, outputs=0)
    Sounds(QObject(qapp)).play(Sound.GO)
    assert (Effect.played, bells) == ([], ["bell"])


def test_without_the_library_for_sound_the_bell_rings(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, bells: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "PyQt6.QtMultimedia", None)  # as an import that fails
    sounds = Sounds(QObject(qapp))
    sounds.play(Sound.DONE)
    sounds.play(Sound.DONE)
    assert bells == ["bell", "bell"]
