"""The lecture page at work: a clip, what networks say of it, and everything that can be asked about that."""

import time
from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtGui import QAction

from app.actions import ActionKey
from app.bridges.background import Background, Report
from app.lecture.answers import answer_at, prediction_at
from app.lecture.asking import Asking
from app.lecture.explainer import Explainer
from app.lecture.heat_view import HeatView
from app.lecture.lecture_messages import EMPTY, LOADING, STOPPED, no_joints, nobody_seen, not_looked_at
from app.lecture.pointing import Pointing
from app.lecture.programme import RangeChoice
from app.library_control import LibraryControl
from app.messages import Message, error_text, preparing
from app.pages.lecture import LecturePage
from app.player.played_clip import HeldPlayed, PlayedClip, RecordedClip
from app.player.player_control import Joints, PlayerControl
from app.widgets.chart_data import ChartData
from app.widgets.now import NOTHING_YET, NowText
from app.widgets.transport import Transport
from core.explain.explained import Explained
from core.explain.gate_steps import gate_steps
from core.explain.heat import HeatScale, Palette
from core.library.library import Entry
from core.live.held import HeldClip
from core.model.prediction import Prediction
from core.skeleton.segment import Segment
from core.skeleton.sequence import SkeletonSequence


class LectureControl(QObject):
    """For the GUI thread.

    Signals:
        shown(): picture, curves or answer are others; for whoever shows them too.
    """

    shown = pyqtSignal()

    def __init__(
        self,
        page: LecturePage,
        library: LibraryControl,
        *,
        actions: dict[ActionKey, QAction],
        model: Callable[[], str],
        device: str = "auto",
    ) -> None:
        super().__init__(page)
        self._page, self._library, self._actions, self._model_name = page, library, actions, model
        self.player = PlayerControl(page.video, page.transport, self)
        self.second = PlayerControl(page.second, Transport(actions, keys=()), self)
        self.explainer = Explainer(device=device)
        self._explain = Background("explain", self)
        self.asking = Asking(page, self.player, self.second, self.explainer)
        self.asking.predicting = self._predicting
        self.explained: Explained | None = None
        self.title = ""
        self.stretch: tuple[float, float] | None = None
        self.segment = 0  # which one is looked at alone, from 1
        self.view, self.pointing = HeatView(page), Pointing(page, lambda: self.explained)
        self.used_model = ""
        self._then: Callable[[], None] | None = None  # what is done once the network has looked
        self._is_rough = False  # the pointer still moves
        self._connect()
        page.show_message(EMPTY)

    # Clips

    def open_entry(self, entry: Entry) -> None:
        """A recording of the library; the other clip, where one is being chosen."""
        if self.asking.takes(entry):
            QTimer.singleShot(0, self._show_in_list)  # the list is still busy with telling of the other one
        else:
            self.open_clip(RecordedClip(entry=entry), entry.name)

    def open_clip(self, clip: PlayedClip | None, title: str) -> None:
        """Another clip; None: none."""
        self.stretch, self.title, self.segment, self._then = None, title, 0, None
        self._forget()
        self.player.open_clip(clip)
        self._page.segments.show_segments(self.segments())
        self._page.chart.show_stretch(None)
        self._say_over(EMPTY if clip is None else LOADING)
        self._show_in_list()
        self._show_all()
        if self._actions[ActionKey.LOOP].isChecked():
            self.set_loop(False)
            self._actions[ActionKey.LOOP].setChecked(False)

    def is_open(self, entry: Entry) -> bool:
        """Whether that recording is shown with what the network says of it, or is about to be."""
        is_here = self.player.entry is not None and self.player.entry.name == entry.name
        return is_here and (self.explained is not None or self._explain.is_busy or self.player.is_loading)

    def _show_in_list(self) -> None:
        """The list's current row is what is shown, whoever opened it."""
        entry = self.player.entry
        self._page.recordings.show_current("" if entry is None else entry.name)

    def _forget(self) -> None:
        """What was said about a clip is not what is said now."""
        self._explain.cancel()
        self.explained, self.player.predict = None, None
        self.asking.show_clip(None, "")

    def open_held(self, held: HeldClip | None) -> None:
        """The last seconds of the live view."""
        if held is None:
            self._say("Nothing was seen yet: go to the live page first")
            return
        self.open_clip(HeldPlayed(held=held), "The last seconds of the live view")

    def model_changed(self) -> None:
        """Another model is in use: ask it about the same clip."""
        self.explainer.forget()
        if self.player.joints is not None:
            self._forget()
            self._show_all()
            self._begin(self.player.joints.sequence)

    def cancel(self) -> bool:
        """Stop the network; False where it does not look at anything."""
        if not self._explain.is_busy:
            return False
        self._explain.cancel()
        self._say_over(STOPPED)
        return True

    def open_then(self, entry: Entry, then: Callable[[], None]) -> None:
        """A recording of the library, unless it is shown already; something more once the network has looked at it."""
        if not self.is_open(entry):
            self.asking.stop_picking()
            self.open_entry(entry)
        if self.explained is not None and not self._explain.is_busy:
            then()
        else:
            self._then = then

    # What keys and panels do

    def set_view(self, *, palette: Palette | None = None, range_: RangeChoice | None = None) -> None:
        """Other colours of the heat, or another range."""
        self.view.palette = palette or self.view.palette
        self.view.range = range_ or self.view.range
        self._show_scale()

    def caption(self) -> str:
        """What is shown, in a line."""
        other, entry = self.asking.comparison, self.player.entry
        title = self.title if entry is None else entry.recording.prompt or self.title
        return title if other is None else f"{title}, against {other.name}"

    def set_display(self, *, has_heat: bool | None = None, has_trails: bool | None = None) -> None:
        """Heat and trails on both pictures."""
        self.view.set_display(has_heat=has_heat, has_trails=has_trails)
        self.shown.emit()

    def look_at_segment(self, number: int) -> None:
        """A segment of the recording alone, counted from 1: its stretch of time, its mean on the body; 0: all of it."""
        segments = self.segments()
        self.segment = number if 1 <= number <= len(segments) else 0
        self._page.segments.show_choice(self.segment)
        if not self.segment:
            self._page.chart.fit()
            self.set_stretch(None)
            return
        chosen = segments[self.segment - 1]
        self.player.pause()
        self._page.chart.show_range(chosen.start_s, chosen.end_s)
        self.set_stretch((chosen.start_s, chosen.end_s))
        self.player.seek(chosen.start_s)

    def segments(self) -> tuple[Segment, ...]:
        """Those of the recording."""
        entry = self.player.entry
        return () if entry is None else tuple(entry.segments)

    def describe(self, entry: Entry) -> None:
        """The recording that is shown, after it was labelled anew: the segment of a number may be another one now."""
        before = self.segments()
        self.player.describe(entry)
        if self.segments() != before:
            if self.segment:
                self.look_at_segment(0)
            self._page.segments.show_segments(self.segments())
        self.shown.emit()

    def mark(self, *, is_in: bool) -> None:
        """I and O: the stretch whose mean is on the body begins, or ends, here."""
        now_s, duration_s = self.player.time_s, self.player.playback.duration_s
        start_s, end_s = self.stretch or (0.0, duration_s)
        start_s, end_s = (now_s, max(end_s, now_s)) if is_in else (min(start_s, now_s), now_s)
        self.set_stretch((start_s, end_s) if end_s > start_s else None)

    def set_stretch(self, stretch: tuple[float, float] | None) -> None:
        """Show the mean of a stretch on the body; None: each frame for itself."""
        self.stretch = stretch
        self._page.chart.show_stretch(stretch)
        if self._actions[ActionKey.LOOP].isChecked():
            self.player.loop(stretch or (0.0, self.player.playback.duration_s))
        self._show_scale()
        self.player.refresh()
        self.second.refresh()

    def go_to_edge(self, *, forward: bool) -> None:
        """Go to the next edge of a segment of the recording, or of the stretch."""
        edges = [edge for one in self.segments() for edge in (one.start_s, one.end_s)]
        edges += [*(self.stretch or ()), 0.0, self.player.playback.duration_s]
        now_s = self.player.time_s
        beyond = [edge for edge in edges if (edge > now_s + 0.001 if forward else edge < now_s - 0.001)]
        if beyond:
            self.player.pause()
            self.player.seek((min if forward else max)(beyond))

    def set_loop(self, is_on: bool) -> None:
        """Play the stretch, or all, again and again."""
        whole = (0.0, self.player.playback.duration_s)
        self.player.loop((self.stretch or whole) if is_on else None)
        if is_on and not self.player.playback.is_playing:
            self.player.toggle()

    def leave(self) -> bool:
        """Esc: the segment, the stretch, the choice of another clip or the comparison; False where there was none."""
        if self.segment:
            self.look_at_segment(0)
            return True
        if self.stretch is not None:
            self.set_stretch(None)
            return True
        return self.asking.leave()

    def close(self, timeout_s: float) -> None:
        """Stop, and wait so long for the threads."""
        until_s = time.monotonic() + timeout_s
        for part in (self._explain, self.asking, self.player, self.second):
            part.close(max(0.0, until_s - time.monotonic()))

    # Inside

    def _connect(self) -> None:
        page, player = self._page, self.player
        player.moved.connect(self._on_moved)
        player.loaded.connect(self._on_loaded)
        player.playing.connect(self._on_playing)
        player.failed.connect(self._on_player_failed)
        page.chart.sought.connect(self._on_sought)
        page.segments.picked.connect(self.look_at_segment)
        page.video.painted.connect(lambda _result: page.legend.set_scale(page.video.shown_scale()))
        page.chart.brushed.connect(self.set_stretch)
        self.pointing.changed.connect(self._show_gates)
        page.tabs.currentChanged.connect(lambda _place: self._show_gates())
        self._explain.finished.connect(self._on_explained)
        self._explain.progressed.connect(lambda text, fraction: self._say_over(preparing(text, fraction)))
        self._explain.failed.connect(self._on_failed)
        self.asking.changed.connect(self._show_all)
        self.asking.said.connect(lambda text: self._say(text, shown_ms=5000))

    def _begin(self, sequence: SkeletonSequence) -> None:
        name = self._model_name()

        def work(report: Report) -> Explained:
            return self.explainer.explain(name, sequence, report)

        self.used_model = name
        self._explain.run(work)

    def _on_loaded(self, joints: Joints | None) -> None:
        if joints is None:
            self._say_over(nobody_seen())
        else:
            self._begin(joints.sequence)

    def _on_player_failed(self, error: object) -> None:
        """Joints that cannot be read leave nothing to show; without the film they are shown alone."""
        self._say(error_text(error), shown_ms=8000)
        if self.player.joints is None and self.explained is None and not self.player.is_loading:
            self._say_over(no_joints(error))

    def _on_explained(self, explained: object) -> None:
        if not isinstance(explained, Explained):
            return
        self.explained = explained
        self._say_over(None)
        self.player.predict = self._predicting(explained)
        self.asking.show_clip(explained, self.used_model)
        then, self._then = self._then, None
        self._show_all()
        joints = self.player.joints
        if joints is not None and joints.sequence.positions_m.shape[1] > explained.persons:
            self._say(f"This network looks at {explained.persons} of the persons in this clip", shown_ms=6000)
        if then is not None:
            then()

    def _on_failed(self, error: object) -> None:
        self._say_over(not_looked_at(error))

    def _say_over(self, message: Message | None) -> None:
        """Over the picture, and where the curves would be: neither is ever empty without a reason."""
        self._page.show_message(message)
        self._page.chart.show_text("" if message is None else message.title)

    def _show_all(self) -> None:
        explained = self.explained
        self._page.legend.set_joint_count(0 if explained is None else explained.alpha.shape[1])
        self._page.legend.set_gated(explained is None or explained.weighs_joints)
        self._show_scale()
        self.player.refresh()
        self.second.refresh()
        self._show_numbers()

    def chart_data(self) -> ChartData | None:
        """What the curves show."""
        if self.explained is None:
            return None
        other = self.asking.comparison
        return ChartData(
            explained=self.explained,
            name=self.title,
            other=None if other is None else other.explained,
            other_name="" if other is None else other.name,
            scale=self.scale(),
            is_of_each_frame=self.view.range is RangeChoice.FRAME,
        )

    def scale(self) -> HeatScale:
        """Colours and range of the heat."""
        return self.view.scale(self.explained)

    def _show_scale(self) -> None:
        other = self.asking.comparison
        self.view.apply(self.explained, None if other is None else other.explained, self.stretch)
        self._page.chart.show_data(self.chart_data(), duration_s=self.player.playback.duration_s)
        self.shown.emit()

    def _predicting(self, explained: Explained) -> Callable[[float], Prediction | None]:
        """What is said of a moment; of a chosen stretch the mean attention."""
        return lambda time_s: prediction_at(explained, time_s, stretch=self.stretch)

    def now_text(self) -> NowText:
        """The answer at this moment."""
        return NOTHING_YET if self.explained is None else answer_at(self.explained, self.player.time_s)

    def _show_numbers(self) -> None:
        self._page.now.show_text(self.now_text())
        self._show_gates()

    def _show_gates(self) -> None:
        explained = self.explained
        if self._page.tabs.currentIndex() != 1 or self.player.playback.is_playing:
            return
        frame = None if explained is None else explained.frame_at(self.player.time_s)
        if explained is None or frame is None or self._explain.is_busy:
            self._page.gates.show_steps(None, None, 0)
            return
        steps = gate_steps(self.explainer.model(self.used_model), explained, frame)
        place = self.pointing.place
        self._page.gates.show_steps(steps, explained, int(steps.alpha.argmax()) if place is None else place)

    def _say(self, text: str, *, shown_ms: int = 2600) -> None:
        self._page.toast.say(text, shown_ms=shown_ms)

    # What comes from outside

    def _on_moved(self, time_s: float) -> None:
        self._page.chart.show_time(time_s, follows=self.player.playback.is_playing)
        if self.second.clip is not None:
            self.second.seek(time_s, is_final=not self._is_rough)
        self._show_numbers()

    def _on_sought(self, time_s: float, is_final: bool) -> None:
        self._is_rough = not is_final
        self.player.seek(time_s, is_final=is_final)
        self._is_rough = False

    def _on_playing(self, is_playing: bool) -> None:
        self._actions[ActionKey.PLAY].setChecked(is_playing)
        self._page.transport.show_playing(is_playing)
        self._show_gates()
