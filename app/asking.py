"""Questions to a network about a clip: the occlusion check, what if, and what another one says of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from app.bridges.background import Background, Report
from app.explainer import Explainer, Moved
from app.messages import error_text
from app.pages.lecture import LecturePage
from app.played_clip import RecordedClip
from app.player_control import PlayerControl
from app.widgets.chart_rows import frames_at
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
        self._work = Background("ask-network", self)
        self._work.finished.connect(self._on_asked)
        self._work.failed.connect(lambda error: self.said.emit(error_text(error)))
        page.question.asked.connect(self.check)
        page.question.silenced.connect(self._on_silenced)
        page.compare.model_wanted.connect(self.compare_with)
        page.compare.clip_wanted.connect(self._on_clip_wanted)
        page.video.dragged.connect(self._on_dragged)

    @property
    def key(self) -> str:
        """What it is compared with, for a programme."""
        return "" if self.comparison is None else self.comparison.key

    def show_clip(self, explained: Explained | None, model: str) -> None:
        """Another clip, as that model sees it: nothing is compared any more."""
        self._work.cancel()
        self._explained, self._model = explained, model
        self._drop()
        self._page.question.show_clip(explained)

    def takes(self, entry: Entry) -> bool:
        """Whether a recording that was chosen is the other clip, which was asked for."""
        if not self._picks_other:
            return False
        self._stop_picking()
        self._compare_with_clip(entry)
        return True

    def leave(self) -> bool:
        """End the choice of another clip, or the comparison; False where there was neither."""
        if self._picks_other:
            self._stop_picking()
        elif self.comparison is not None:
            self._drop()
            self.changed.emit()
        else:
            return False
        return True

    def close(self, timeout_s: float) -> None:
        """Stop, and wait so long for the thread."""
        self._work.close(timeout_s)

    def check(self) -> None:
        """The occlusion check."""
        explained, name = self._explained, self._model
        if explained is None:
            self.said.emit("Choose a clip first")
            return
        self._page.question.ranks.setText("Asking …")
        self._work.run(lambda report: self._explainer.occlusion(name, explained))

    def compare_with(self, key: str) -> None:
        """The same clip by another model, or without attention; "": nothing."""
        joints, name = self._player.joints, self._model
        self._drop()
        if not key or joints is None or self._explained is None:
            self.changed.emit()
            return
        title = "the same network without attention" if key == NO_ATTENTION else key

        def work(report: Report) -> Comparison:
            return Comparison(
                explained=self._explainer.compare(name, key, joints.sequence, report), name=title, key=key
            )

        self._work.run(work)

    def _compare_with_clip(self, entry: Entry) -> None:
        """Another clip by the same model: it plays beside this one."""
        name = self._model
        self._drop()
        self.second.open_clip(RecordedClip(entry=entry))

        def work(report: Report) -> Comparison | str:
            sequence = entry.joints()
            if sequence is None:
                return NOBODY
            return Comparison(explained=self._explainer.explain(name, sequence, report), name=entry.name)

        self._work.run(work)

    def _drop(self) -> None:
        self.comparison = None
        self.second.predict = None
        self.second.open_clip(None)
        self._page.second.hide()
        self._page.compare.show_choice("", "")

    def _on_asked(self, answer: object) -> None:
        if isinstance(answer, Occlusion) and self._explained is not None:
            self._page.question.show_occlusion(answer, self._explained)
        elif isinstance(answer, Comparison):
            self._show_comparison(answer)
        elif isinstance(answer, str):
            self.said.emit(answer)

    def _show_comparison(self, comparison: Comparison) -> None:
        self.comparison = comparison
        if self.second.clip is None:
            self.second.open_clip(self._player.clip)
        self.second.predict = self.predicting(comparison.explained)
        self._page.second.show()
        if self._explained is not None:
            text = answers_text(self._explained, comparison.explained, comparison.name.capitalize())
            self._page.compare.show_choice(comparison.key, text)
            if not comparison.key:
                self._page.question.show_answer(text)
        self.changed.emit()
        self.second.seek(self._player.time_s)

    def _stop_picking(self) -> None:
        self._picks_other = False
        self._page.compare.clip.setChecked(False)

    def _on_clip_wanted(self) -> None:
        self._picks_other = self._page.compare.clip.isChecked() and self._explained is not None
        self._page.compare.clip.setChecked(self._picks_other)
        if self._picks_other:
            self.said.emit("Choose the other clip in the list")

    def _on_silenced(self, limbs: list[str]) -> None:
        explained, name = self._explained, self._model
        if explained is None:
            return
        if not limbs:
            self._drop()
            self._page.question.show_answer("")
            self.changed.emit()
            return
        what = f"without {' and '.join(limbs)}"

        def work(_report: Report) -> Comparison:
            return Comparison(explained=self._explainer.silence(name, explained, limbs), name=what)

        self._work.run(work)

    def _on_dragged(self, person: int, joint: int, offset_px: tuple[float, float]) -> None:
        """A joint was dragged in the picture: what would the network say?"""
        explained, joints, name = self._explained, self._player.joints, self._model
        if explained is None or joints is None:
            return
        frame = int(frames_at(explained, np.array([self._player.time_s]))[0])
        if frame < 0:
            return
        offset_m = joints.poses.offset_m(self._player.time_s, person, joint, offset_px)
        if offset_m is None:
            return
        moved = Moved(person=person, joint=joint, frame=frame, offset_m=offset_m)
        what = f"with the {in_words(joint)} {100 * float(np.linalg.norm(offset_m)):.0f} cm away"

        def work(_report: Report) -> Comparison:
            return Comparison(explained=self._explainer.move(name, explained, moved), name=what)

        self._work.run(work)
