"""The lecture page at work: a clip, what networks say of it, and everything that can be asked about that."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QAction

from app.actions import ActionKey
from app.asking import NOBODY, Asking
from app.bridges.background import Background, Report
from app.explainer import Explainer
from app.library_control import LibraryControl
from app.messages import Message, MessageKind, error_text, preparing
from app.pages.lecture import LecturePage
from app.played_clip import HeldPlayed, PlayedClip, RecordedClip
from app.player_control import Joints, PlayerControl
from app.programme import Step, clip_name
from app.widgets.attention_chart import ChartData
from app.widgets.chart_rows import frames_at, mean_heat
from app.widgets.now import NO_PICTURE, NowText, capitalised
from app.widgets.transport import Transport
from core.explain.explained import Explained
from core.explain.gate_steps import gate_steps
from core.explain.heat import TIMES_UNIFORM, HeatScale, Palette, scale_of
from core.library.library import Entry
from core.live.held import HeldClip
from core.model.prediction import Prediction
from core.skeleton.sequence import SkeletonSequence

EMPTY = Message(
    kind=MessageKind.EMPTY,
    title="Choose a clip",
    text="A recording on the left, or the last seconds of the live view. Then play it, ask about it, and take it home.",
    offers=(ActionKey.REPLAY_LIVE, ActionKey.SHOW_RECORD, ActionKey.OPEN_LIBRARY),
)
RANGES = ("fixed", "of this clip", "of each frame")


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
        self.palette, self._range = Palette.INFERNO, 0
        self.used_model = ""
        self._joint: tuple[int, int] | None = None
        self._pending: Step | None = None
        self._connect()
        page.show_message(EMPTY)

    # Clips

    def open_entry(self, entry: Entry) -> None:
        """A recording of the library; the other clip, where one is being chosen."""
        if not self.asking.takes(entry):
            self.open_clip(RecordedClip(entry=entry), entry.name)

    def open_clip(self, clip: PlayedClip | None, title: str) -> None:
        """Another clip; None: none."""
        self._explain.cancel()
        self.explained, self.stretch, self.title = None, None, title
        self.asking.show_clip(None, "")
        self.player.predict = None
        self.player.open_clip(clip)
        self._page.chart.show_data(None, duration_s=0.0)
        self._page.chart.show_stretch(None)
        self._page.show_message(EMPTY if clip is None else None)
        self._show_numbers()

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
            self._begin(self.player.joints.sequence)

    # What keys and panels do

    def set_colours(self, palette: Palette) -> None:
        """Other colours of the heat."""
        self.palette = palette
        self._show_scale()

    def next_colours(self) -> None:
        """Goes round."""
        order = list(Palette)
        self.set_colours(order[(order.index(self.palette) + 1) % len(order)])

    @property
    def range_name(self) -> str:
        """What the colours range over."""
        return RANGES[self._range]

    @property
    def is_of_each_frame(self) -> bool:
        """Whether each frame has a range of its own."""
        return self._range == len(RANGES) - 1

    def next_range(self) -> None:
        """Goes round: fixed, of this clip, of each frame."""
        self._range = (self._range + 1) % len(RANGES)
        self._show_scale()

    def caption(self) -> str:
        """What is shown, in a line."""
        other = self.asking.comparison
        return self.title if other is None else f"{self.title}, against {other.name}"

    def set_display(self, *, has_heat: bool | None = None, has_trails: bool | None = None) -> None:
        """Heat and trails on both pictures."""
        for view in (self._page.video, self._page.second):
            display = view.display
            view.set_display(
                replace(
                    display,
                    has_heat=display.has_heat if has_heat is None else has_heat,
                    has_trails=display.has_trails if has_trails is None else has_trails,
                )
            )
        self._page.legend.set_active(self._page.video.display.has_heat)
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
        self._show_scale()
        self.player.refresh()
        self.second.refresh()

    def go_to_edge(self, *, forward: bool) -> None:
        """Go to the next edge of a segment of the recording, or of the stretch."""
        entry = self.player.entry
        edges = [] if entry is None else [edge for one in entry.segments for edge in (one.start_s, one.end_s)]
        edges += list(self.stretch or ())
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
        """Esc: the choice of another clip, the stretch, the comparison; False where there was nothing."""
        if self.stretch is not None:
            self.set_stretch(None)
            return True
        return self.asking.leave()

    def close(self, timeout_s: float) -> None:
        """Stop, and wait so long for the threads."""
        until_s = time.monotonic() + timeout_s
        for part in (self._explain, self.asking, self.player, self.second):
            part.close(max(0.0, until_s - time.monotonic()))

    # Programme

    def step_now(self) -> Step | None:
        """The view as it is, for the programme; None where the clip is none of a library."""
        entry, library = self.player.entry, self._library.library
        if entry is None or library is None:
            return None
        return Step(
            clip=clip_name(library.folder, entry.name),
            time_s=round(self.player.time_s, 3),
            model=self.used_model,
            title=f"{entry.recording.prompt or entry.name}",
            palette=self.palette,
            has_heat=self._page.video.display.has_heat,
            stretch_s=self.stretch,
            compares_with=self.asking.key,
        )

    def show_step(self, step: Step, entry: Entry) -> None:
        """Show a view of the programme; its time and comparison follow once the clip is there."""
        self.set_colours(step.palette)
        self.set_display(has_heat=step.has_heat)
        self._actions[ActionKey.HEAT].setChecked(step.has_heat)
        if self.player.entry is not None and self.player.entry.name == entry.name and self.explained is not None:
            self._finish_step(step)
        else:
            self._pending = step
            self.open_entry(entry)

    def _finish_step(self, step: Step) -> None:
        self.player.pause()
        self.player.seek(step.time_s)
        self.set_stretch(step.stretch_s)
        if step.compares_with != self.asking.key:
            self.asking.compare_with(step.compares_with)

    # Inside

    def _connect(self) -> None:
        page, player = self._page, self.player
        player.moved.connect(self._on_moved)
        player.loaded.connect(self._on_loaded)
        player.playing.connect(self._on_playing)
        player.failed.connect(lambda error: self._say(error_text(error), shown_ms=8000))
        page.chart.sought.connect(lambda time_s, is_final: player.seek(time_s, is_final=is_final))
        page.chart.brushed.connect(self.set_stretch)
        page.chart.pointed.connect(self._on_pointed_row)
        page.video.pointed.connect(self._on_pointed_joint)
        page.question.row_pointed.connect(self._on_pointed_place)
        page.tabs.currentChanged.connect(lambda _place: self._show_gates())
        self._explain.finished.connect(self._on_explained)
        self._explain.progressed.connect(lambda text, fraction: page.show_message(preparing(text, fraction)))
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
            self._page.show_message(Message(kind=MessageKind.EMPTY, title="Nobody is in this clip", text=NOBODY))
        else:
            self._begin(joints.sequence)

    def _on_explained(self, explained: object) -> None:
        if not isinstance(explained, Explained):
            return
        self.explained = explained
        self._page.show_message(None)
        self.player.predict = self._predicting(explained)
        self.asking.show_clip(explained, self.used_model)
        step, self._pending = self._pending, None
        self._show_all()
        if step is not None:
            self._finish_step(step)

    def _on_failed(self, error: object) -> None:
        self._page.show_message(
            Message(kind=MessageKind.ERROR, title="The network cannot look at this clip", text=error_text(error))
        )

    def _show_all(self) -> None:
        explained = self.explained
        duration_s = self.player.playback.duration_s
        self._page.chart.show_data(self.chart_data(), duration_s=duration_s)
        if explained is not None:
            self._page.legend.set_joint_count(explained.alpha.shape[1])
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
            is_of_each_frame=self.is_of_each_frame,
        )

    def scale(self) -> HeatScale:
        """Colours and range of the heat."""
        if self._range == 1 and self.explained is not None:
            heat = self.explained.heat
            return scale_of(heat, of="this clip", palette=self.palette)
        return replace(TIMES_UNIFORM, palette=self.palette)

    def _show_scale(self) -> None:
        scale, is_each = self.scale(), self.is_of_each_frame
        mean = "" if self.stretch is None else f"Mean of {self.stretch[0]:.2f} to {self.stretch[1]:.2f} s"
        for view in (self._page.video, self._page.second):
            view.set_display(replace(view.display, scale=scale, is_of_each_frame=is_each, chip=mean))
        legend = replace(scale, note="range of each frame: numbers are those of its highest") if is_each else scale
        self._page.legend.set_scale(legend)
        self._page.chart.show_data(self.chart_data(), duration_s=self.player.playback.duration_s)
        self.shown.emit()

    def _predicting(self, explained: Explained) -> Callable[[float], Prediction | None]:
        """What is said of a moment; of a chosen stretch the mean attention."""

        def predict(time_s: float) -> Prediction | None:
            frame = int(frames_at(explained, np.array([time_s]))[0])
            if frame < 0:
                return None
            prediction = explained.prediction(frame)
            heat = None if self.stretch is None else mean_heat(explained, *self.stretch)
            if heat is None:
                return prediction
            return replace(prediction, alpha=heat[None] / np.float32(len(heat)))

        return predict

    def _show_numbers(self) -> None:
        self._page.now.show_text(self.now_text())
        self._show_gates()
        self.shown.emit()

    def now_text(self) -> NowText:
        """The answer at this moment."""
        explained = self.explained
        if explained is None:
            return NO_PICTURE
        frame = int(frames_at(explained, np.array([self.player.time_s]))[0])
        if frame < 0:
            return NowText(headline="Nobody in view", is_quiet=True)
        best = int(explained.probabilities[frame].argmax())
        confidence = float(explained.probabilities[frame, best])
        return NowText(headline=capitalised(explained.actions[best]), is_quiet=False, confidence=confidence)

    def _show_gates(self) -> None:
        explained = self.explained
        if self._page.tabs.currentIndex() != 1 or self.player.playback.is_playing:
            return
        frame = -1 if explained is None else int(frames_at(explained, np.array([self.player.time_s]))[0])
        if explained is None or frame < 0 or self._explain.is_busy:
            self._page.gates.show_steps(None, None, 0)
            return
        steps = gate_steps(self.explainer.model(self.used_model), explained, frame)
        self._page.gates.show_steps(steps, explained, self._place_of(self._joint) or int(steps.alpha.argmax()))

    def _place_of(self, joint: tuple[int, int] | None) -> int | None:
        """Where a joint of a person stands among the K; None where the network does not see it."""
        if joint is None or self.explained is None or joint[1] not in self.explained.joints:
            return None
        return joint[0] * len(self.explained.joints) + self.explained.joints.index(joint[1])

    def _say(self, text: str, *, shown_ms: int = 2600) -> None:
        self._page.toast.say(text, shown_ms=shown_ms)

    # What comes from outside

    def _on_moved(self, time_s: float) -> None:
        self._page.chart.show_time(time_s, follows=self.player.playback.is_playing)
        if self.second.clip is not None:
            self.second.seek(time_s)
        self._show_numbers()

    def _on_playing(self, is_playing: bool) -> None:
        self._actions[ActionKey.PLAY].setChecked(is_playing)
        self._page.transport.show_playing(is_playing)
        self._show_gates()

    def _on_pointed_row(self, joint: tuple[int, int] | None) -> None:
        self._page.video.point_out(joint)
        self._on_pointed_joint(joint)

    def _on_pointed_joint(self, joint: tuple[int, int] | None) -> None:
        self._page.chart.show_joint(joint)
        if joint is not None and joint != self._joint:
            self._joint = joint
            self._show_gates()

    def _on_pointed_place(self, place: int | None) -> None:
        if place is None or self.explained is None:
            return
        count = len(self.explained.joints)
        joint = (place // count, self.explained.joints[place % count])
        self._page.video.point_out(joint)
        self._on_pointed_joint(joint)
