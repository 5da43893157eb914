"""Sounds of the count-down. Where this machine has no sound, or no library for it, the desktop's bell rings."""

import logging
import os
from enum import StrEnum
from typing import Any

from PyQt6.QtCore import QLoggingCategory, QObject, QUrl
from PyQt6.QtWidgets import QApplication

from core.paths import ASSETS

log = logging.getLogger(__name__)


class Sound(StrEnum):
    """Names a file in assets/sounds."""

    TICK = "tick"
    GO = "go"
    DONE = "done"


class Sounds:
    """Loaded when the first one is wished for, unless that was done before."""

    def __init__(self, parent: QObject) -> None:
        self._parent = parent
        self._effects: dict[Sound, Any] | None = None

    def load(self) -> None:
        """Get ready, so that the first sound comes in time. Nothing happens a second time."""
        if self._effects is None:
            self._effects = self._loaded()

    def play(self, sound: Sound) -> None:
        """Play it, or ring the bell."""
        self.load()
        effect = (self._effects or {}).get(sound)
        if effect is None:
            QApplication.beep()
        else:
            effect.play()

    def _loaded(self) -> dict[Sound, Any]:
        if "QT_LOGGING_RULES" not in os.environ:  # what it misses is no news on a terminal
            QLoggingCategory.setFilterRules("qt.multimedia*=false")
        try:
            from PyQt6.QtMultimedia import QMediaDevices, QSoundEffect
        except ImportError as error:
            log.info("No sound: %s", error)
            return {}
        if not QMediaDevices.audioOutputs():
            return {}
        effects = {}
        for sound in Sound:
            effect = QSoundEffect(self._parent)
            effect.setSource(QUrl.fromLocalFile(str(ASSETS / "sounds" / f"{sound.value}.wav")))
            effect.setVolume(0.6)
            effects[sound] = effect
        return effects
