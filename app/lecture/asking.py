"""Questions to a network about a clip: the occlusion check, what if, and what another one says of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, pyqtSignal

from app.bridges.background import Background, Report
from app.lecture.explainer import Explainer, Moved
from app.messages import error_text
from app.pages.lecture import LecturePage
from app.player.played_clip import PlayedClip, RecordedClip
from app.player.player_control import PlayerControl
from app.widgets.compare_panel import NO_ATTENTION
from app.widgets.question_panel import answers_text
from core.explain.explained import Explained
from core.explain.occlusion import Occlusion
from core.library.library import Entry
from core.model.prediction import Prediction
from core.skeleton.limbs import in_words

NOBODY = "Nobody was found in this clip, so there is nothing that a network could attend to."


def _nothing(_explained: Explained) -> Callable[[float], Prediction | None]:
    return lambda _time_s: None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """What stands beside the clip."""

    explained: Explained
    name: str
    clip: PlayedClip | None  # whose pictures stand beside
    key: str = ""  # of the model, or `NO_ATTENTION`; "": another clip, or the same one changed


class Asking(QObject):
    """Asks about one clip, and shows what it is compared with beside it. For the GUI thread.

    Signals:
        changed(): it is compared with something else, or with nothing any more.
        said(str): a sentence for the page.
    """

    changed = pyqtSignal()
    said = pyqtSignal(str)

    def __init__(self, page: LecturePage, player: PlayerControl, second: PlayerControl, explainer: Explainer) -> None:
        super().__init__(page)
        self._page, self._player, self.second, self._explainer = page, player, second, explainer
        self.comparison: Comparison | None = None
        self._explained: Explained | None = None
        self.predicting: Callable[[Explained], Callable[[float], Prediction | None]] = _nothing
        self._model = ""
        self._picks_other = False
        self._nudged: tuple[int, int, int] | None = None  # person, joint and frame
        self._nudge_m = np.zeros(3)
        self._work, self._check = Background("ask-network", self), Background("occlusion-check", self)
        self._work.finished.connect(self._on_asked)
        self._check.finished.connect(self._on_checked)
        self._check.failed.connect(lambda _error: page.question.show_asking(False))
        for work in (self._work, self._check):
            work.failed.connect(lambda error: self.said.emit(error_text(error)))
        page.question.asked.connect(self.check)
        page.question.silenced.connect(self._on_silenced)
        page.compare.model_wanted.connect(self.compare_with)
        page.compare.clip_wanted.connect(self._on_clip_wanted)
        page.video.dragged.connect(self._on_dragged)
        page.chart.nudged.connect(self._on_nudged)

    @property
    def key(self) -> str:
        """What it is compared with, for a programme."""
        return "" if self.comparison is None else self.comparison.key

    def show_clip(self, explained: Explained | None, model: str) -> None:
        """Another clip, as that model sees it: nothing is compared any more."""
        self._check.cancel()
        self._explained, self._model = explained, model
        self._drop()
        self._page.question.show_clip(explained)

    @property
    def is_picking(self) -> bool:
        """Whether another clip is being chosen."""
        return self._picks_other

    def takes(self, entry: Entry) -> bool:
        """Whether a recording that was chosen is the other clip, which was asked for."""
        if not self._picks_other:
            return False
        self.stop_picking()
        self._compare_with_clip(entry)
        return True

    def leave(self) -> bool:
        """End the choice of another clip, or the comparison; False where there was neither."""
        if self._picks_other:
            self.stop_picking()
        elif self.comparison is not None:
            self._drop()
            self.changed.emit()
        else:
            return False
        return True

    def close(self, timeout_s: float) -> None:
        """Stop, and wait so long for the threads."""
        until_s = time.monotonic() + timeout_s
        for work in (self._work, self._check):
            work.close(max(0.0, until_s - time.monotonic()))

    def check(self) -> None:
        """The occlusion check."""
        explained, name = self._explained, self._model
        if explained is None:
            self.said.emit("Choose a clip first")
            return
        self._page.question.show_asking(True)
        self._check.run(lambda report: self._explainer.occlusion(name, explained))

    def compare_with(self, key: str) -> None:
        """The same clip by another model, or without attention; "": nothing."""
        joints, name, clip = self._player.joints, self._model, self._player.clip
        self._drop()
        if not key or joints is None or self._explained is None:
            self.changed.emit()
            return
        title = "the same network without attention" if key == NO_ATTENTION else key

        def work(report: Report) -> Comparison:
            return Comparison(
                explained=self._explainer.compare(name, key, joints.sequence, report), name=title, clip=clip, key=key
            )

        self._work.run(work)

    def _compare_with_clip(self, entry: Entry) -> None:
        """Another clip by the same model: it plays beside this one."""
        name = self._model
        self._drop()
        clip = RecordedClip(entry=entry)

        def work(report: Report) -> Comparison | str:
            sequence = entry.joints()
            if sequence is None:
                return NOBODY
            return Comparison(explained=self._explainer.explain(name, sequence, report), name=entry.name, clip=clip)

        self._work.run(work)

    def _drop(self) -> None:
        self._work.cancel()
        self.comparison, self._nudged = None, None
        self.second.predict = None
        self.second.open_clip(None)
        self._page.second.hide()
        self._page.compare.show_choice("", "")
        self._page.question.hear_all()
        self._page.question.show_answer("")

    def _on_asked(self, answer: object) -> None:
        if isinstance(answer, Comparison):
            self._show_comparison(answer)
        elif isinstance(answer, str):
            self.said.emit(answer)

    def _on_checked(self, answer: object) -> None:
        if isinstance(answer, Occlusion) and self._explained is not None:
            self._page.question.show_occlusion(answer, self._explained)

    def _show_comparison(self, comparison: Comparison) -> None:
        self.comparison = comparison
        if self.second.clip is not comparison.clip:
            self.second.open_clip(comparison.clip)
        self.second.predict = self.predicting(comparison.explained)
        self._page.second.show()
        if self._explained is not None:
            name = comparison.name  # of a clip or a model: only its first letter is changed
            text = answers_text(self._explained, comparison.explained, name[:1].upper() + name[1:])
            self._page.compare.show_choice(comparison.key, text)
            if not comparison.key:
                self._page.question.show_answer(text)
        self.changed.emit()
        self.second.seek(self._player.time_s)

    def stop_picking(self) -> None:
        """No other clip is chosen any more."""
        self._picks_other = False
        self._page.compare.clip.setChecked(False)

    def _on_clip_wanted(self) -> None:
        self._picks_other = self._page.compare.clip.isChecked() and self._explained is not None
        self._page.compare.clip.setChecked(self._picks_other)
        if self._picks_other:
            self.said.emit("Choose the other clip in the list")

    def _on_silenced(self, limbs: list[str]) -> None:
        explained, name, clip = self._explained, self._model, self._player.clip
        if explained is None:
            return
        if not limbs:
            self._drop()
            self.changed.emit()
            return
        what = f"without {' and '.join(limbs)}"

        def work(_report: Report) -> Comparison:
            return Comparison(explained=self._explainer.silence(name, explained, limbs), name=what, clip=clip)

        self._work.run(work)

    def _on_dragged(self, person: int, joint: int, offset_px: tuple[float, float]) -> None:
        """A joint was dragged in the picture: what would the network say?"""
        frame, joints = self._frame(), self._player.joints
        if frame is None or joints is None:
            return
        offset_m = joints.poses.offset_m(self._player.time_s, person, joint, offset_px)
        if offset_m is not None:
            self._nudged, self._nudge_m = (person, joint, frame), offset_m
            self._move(person, joint, frame, offset_m)

    def _on_nudged(self, whose: tuple[int, int], by_m: tuple[float, float]) -> None:
        """The same with keys: once more goes further."""
        frame, (person, joint) = self._frame(), whose
        if frame is None:
            self.said.emit("Nobody is there at this moment")
            return
        if self._nudged != (person, joint, frame):
            self._nudged, self._nudge_m = (person, joint, frame), np.zeros(3)
        self._nudge_m = self._nudge_m + np.array([*by_m, 0.0])
        self._move(person, joint, frame, self._nudge_m)

    def _frame(self) -> int | None:
        """Of the grid, at this moment; None where nobody was seen."""
        return None if self._explained is None else self._explained.frame_at(self._player.time_s)

    def _move(self, person: int, joint: int, frame: int, offset_m: NDArray[np.float64]) -> None:
        explained, name, clip = self._explained, self._model, self._player.clip
        if explained is None or person >= explained.persons:
            self.said.emit("The network does not look at this person")
            return
        self._page.question.hear_all()
        moved = Moved(person=person, joint=joint, frame=frame, offset_m=offset_m)
        what = f"with the {in_words(joint)} {100 * float(np.linalg.norm(offset_m)):.0f} cm away"

        def work(_report: Report) -> Comparison:
            return Comparison(explained=self._explainer.move(name, explained, moved), name=what, clip=clip)

        self._work.run(work)
