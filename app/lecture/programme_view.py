"""The steps of a programme as views of the lecture page: made of what is shown, and shown again."""

from pathlib import Path

from PyQt6.QtGui import QAction

from app.actions import ActionKey
from app.lecture.lecture_control import LectureControl
from app.lecture.programme import Step
from app.pages.lecture import LecturePage
from core.explain.clip_choice import recording_name
from core.library.library import Entry


def step_now(control: LectureControl, page: LecturePage, *, library: Path | None, model: str) -> Step | None:
    """The view as it is; None where the clip is none of a library."""
    entry, display = control.player.entry, page.video.display
    if entry is None or library is None:
        return None
    return Step(
        clip=recording_name(library.absolute(), entry.name, segment=control.segment or None),
        time_s=round(control.player.time_s, 3),
        model=model,
        title=entry.recording.prompt or entry.name,
        palette=control.view.palette,
        range=control.view.range,
        has_heat=display.has_heat,
        has_trails=display.has_trails,
        stretch_s=control.stretch,
        compares_with=control.asking.key,
    )


def show_step(
    control: LectureControl, actions: dict[ActionKey, QAction], step: Step, entry: Entry, segment: int
) -> None:
    """Show a view of a segment, counted from 1, or of all, 0.

    Its time, stretch and comparison follow once the network has looked at the clip.
    """
    control.set_view(palette=step.palette, range_=step.range)
    control.set_display(has_heat=step.has_heat, has_trails=step.has_trails)
    actions[ActionKey.HEAT].setChecked(step.has_heat)
    actions[ActionKey.TRAILS].setChecked(step.has_trails)

    def then() -> None:
        control.player.pause()
        if segment != control.segment:
            control.look_at_segment(segment)
        control.set_stretch(step.stretch_s)
        control.player.seek(step.time_s)
        if step.compares_with != control.asking.key or not step.compares_with:
            control.asking.compare_with(step.compares_with)

    control.open_then(entry, then)
