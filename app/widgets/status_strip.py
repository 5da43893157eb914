"""The strip at the bottom: what the source really delivers, rates, latency, drops, device."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontMetrics, QPalette, QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget
from typing_extensions import override

from app.theme import EDGE_PX, sized
from core.live.results import SessionStatus
from core.sources.source import SourceInfo

STAGES = ("camera", "pose", "model", "paint")


def source_text(info: SourceInfo | None) -> str:
    """The true mode of a source in one line."""
    if info is None:
        return ""
    parts = [info.label, f"{info.width_px} × {info.height_px}"]
    if info.rate_hz > 0:
        parts.append(f"{info.rate_hz:.4g} Hz")
    if info.detail:
        parts.append(info.detail)
    return "  ·  ".join(parts)


def rates_text(status: SessionStatus, *, is_short: bool = False) -> str:
    """The four rates; a stage without one shows a dash. The short form is for narrow windows."""
    rates = [(stage, status.rates_hz.get(stage, 0.0)) for stage in STAGES]
    shown = [(stage, f"{rate:.0f}" if rate > 0 else "–") for stage, rate in rates]
    if is_short:
        return " / ".join(rate for _, rate in shown) + " Hz"
    return "  ".join(f"{stage} {rate}" for stage, rate in shown) + " Hz"


def latency_text(status: SessionStatus) -> str:
    """Median time from a frame's arrival to its being painted."""
    latency = status.latency_ms.get("end to end")
    return f"latency {latency.p50:.0f} ms" if latency is not None else "latency –"


def latency_help(status: SessionStatus) -> str:
    """Where the time goes in one line for each stage, for the hover help; key L shows it all the time."""
    rows = [f"{stage}: {value.p50:.1f} ms" for stage, value in status.latency_ms.items()]
    return "\n".join(["Median of the last seconds", *rows])


class StatusStrip(QWidget):
    """One line; the source's name is elided first, then the rates lose their words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source_full = ""
        self._status: SessionStatus | None = None
        self.source = self._label("What the source really delivers", policy=QSizePolicy.Policy.Ignored)
        self.rates = self._label(
            "Pictures a second: from the source, through the pose network, the model, on the screen"
        )
        self.latency = self._label("Time from a picture's arrival to its being painted")
        self.drops = self._label(
            "Pictures that were left out: a newer one was there, this computer cannot keep up, or a network broke"
        )
        self.device = self._label("What the network runs on")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(EDGE_PX + 4, 0, EDGE_PX + 4, 6)
        layout.setSpacing(2 * EDGE_PX)
        layout.addWidget(self.source, 1)
        for label in (self.rates, self.latency, self.drops, self.device):
            layout.addWidget(label)

    def show_status(self, status: SessionStatus) -> None:
        """Show a snapshot."""
        self._status = status
        self._source_full = source_text(status.source)
        has_numbers = status.frames_done > 0
        self.latency.setText(latency_text(status) if has_numbers else "")
        self.latency.setToolTip(latency_help(status))
        self.drops.setText(f"drops {status.drops}" if has_numbers else "")
        self.device.setText(status.device)
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        status = self._status
        if status is None:
            return
        self.rates.setText(rates_text(status, is_short=self.width() < 1000) if status.frames_done > 0 else "")
        elided = QFontMetrics(self.source.font()).elidedText(
            self._source_full, Qt.TextElideMode.ElideRight, max(0, self.source.width())
        )
        self.source.setText(elided)
        self.source.setToolTip(f"{self._source_full}\nWhat the source really delivers")

    def _label(self, help_text: str, *, policy: QSizePolicy.Policy = QSizePolicy.Policy.Preferred) -> QLabel:
        label = QLabel()
        label.setFont(sized(label.font(), 0.88))
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setToolTip(help_text)
        label.setAccessibleDescription(help_text)
        label.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
        label.setMinimumHeight(20)
        return label
