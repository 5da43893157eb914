"""Questions to a network: what becomes of its answer without a joint or limb, or with a joint elsewhere."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.style import blend_in
from app.theme import GAP_PX
from app.widgets.buttons import Button, ButtonLook
from app.widgets.card import QuietLabel
from app.widgets.own_keys import ENTER, OwnKeys
from core.explain.explained import GATE_SENTENCE, Explained
from core.explain.occlusion import Occlusion, rank_text
from core.skeleton.limbs import LIMBS

NO_GATE = "This network has no joint gate: there is no attention to compare with. The check still works."
HOW = "Drag a joint in the picture, or silence a limb, and see what the network says then (dashed)."


class QuestionPanel(QWidget):
    """Signals:
    asked(): the occlusion check shall be done.
    silenced(list): names of the limbs that shall be unseen; none: all are seen.
    row_pointed(object): a joint of the table is pointed out, as its place among the K joints, or None.
    """

    asked = pyqtSignal()
    silenced = pyqtSignal(list)
    row_pointed = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check = Button(icon="search", text="Check", look=ButtonLook.PRIMARY)
        self.check.setAccessibleName("Occlusion check")
        self.check.setToolTip("Take away each joint, limb and frame, and ask again")
        self.check.clicked.connect(self.asked)
        self.ranks = QLabel("")
        self.ranks.setWordWrap(True)
        self.ranks.setTextFormat(Qt.TextFormat.PlainText)
        self.table = QTableWidget(0, 3)
        self.limbs = {limb: QCheckBox(limb.capitalize()) for limb in LIMBS}
        self.sentence = QLabel(GATE_SENTENCE)
        self.sentence.setWordWrap(True)
        self.answer = QLabel("")
        self.answer.setWordWrap(True)
        self.answer.setTextFormat(Qt.TextFormat.PlainText)
        self._is_filling = False
        self._set_up()
        self._lay_out()

    def show_clip(self, explained: Explained | None) -> None:
        """Another clip: nothing is silenced, nothing was checked."""
        self.hear_all()
        self.table.setRowCount(0)
        self.answer.setText("")
        self.check.setEnabled(explained is not None)
        for box in self.limbs.values():
            box.setEnabled(explained is not None)
        if explained is not None and not explained.weighs_joints:
            self.ranks.setText(NO_GATE)
        else:
            self.ranks.setText("")

    def show_occlusion(self, occlusion: Occlusion, explained: Explained) -> None:
        """What was found, the largest change first."""
        names, mean = explained.joint_names(), explained.mean_alpha * len(explained.mean_alpha)
        order = sorted(range(len(names)), key=lambda place: float(occlusion.joints.probability[place]))
        self.table.setRowCount(len(order))
        for row, place in enumerate(order):
            change = 100 * float(occlusion.joints.probability[place])
            cells = (names[place], f"{mean[place]:.2f}" if explained.weighs_joints else "–", f"{change:+.1f}")
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, place)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        self.check.setEnabled(True)
        action = explained.actions[occlusion.action]
        self.ranks.setText(
            f"'{action}' had {100 * occlusion.probability:.0f} %. Rank correlation of attention and change: "
            f"joints {rank_text(occlusion.joints_rank)}, frames {rank_text(occlusion.frames_rank)}."
        )

    def show_asking(self, is_asking: bool) -> None:
        """The check is under way, or came to nothing."""
        self.check.setEnabled(not is_asking)
        if is_asking:
            self.ranks.setText("Asking …")
        elif self.ranks.text() == "Asking …":
            self.ranks.setText("")

    def hear_all(self) -> None:
        """No limb is silenced any more."""
        self._is_filling = True
        for box in self.limbs.values():
            box.setChecked(False)
        self._is_filling = False

    def show_answer(self, text: str) -> None:
        """What the network says of the changed clip."""
        self.answer.setText(text)

    def limbs_silenced(self) -> list[str]:
        """The limbs that are ticked."""
        return [limb for limb, box in self.limbs.items() if box.isChecked()]

    def _set_up(self) -> None:
        blend_in(self.table)
        self.table.setHorizontalHeaderLabels(["Without", "× uniform", "Change, %"])
        self.table.setAccessibleName("Change of the answer without each joint")
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        header, rows = self.table.horizontalHeader(), self.table.verticalHeader()
        if header is not None and rows is not None:
            rows.hide()
            rows.setDefaultSectionSize(24)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            for column in (1, 2):
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setTabKeyNavigation(False)
        OwnKeys(self.table)
        self.table.currentItemChanged.connect(self._on_row)
        for limb, box in self.limbs.items():
            box.setToolTip(f"See what the network says when the {limb} is not seen")
            box.setAccessibleName(f"Silence the {limb}")
            box.toggled.connect(self._on_limb)
            OwnKeys(box, ENTER)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP_PX - 2)
        layout.addWidget(self.check)
        layout.addWidget(self.ranks)
        layout.addWidget(self.table, 1)
        what_if = QuietLabel("What if … (drag a joint, or silence a limb)")
        what_if.setToolTip(HOW)
        layout.addWidget(what_if)
        limbs = QGridLayout()
        limbs.setVerticalSpacing(0)
        for place, box in enumerate(self.limbs.values()):
            limbs.addWidget(box, place // 3, place % 3)
        layout.addLayout(limbs)
        layout.addWidget(self.answer)
        layout.addWidget(self.sentence)

    def _on_limb(self, _is_on: bool) -> None:
        if not self._is_filling:
            self.silenced.emit(self.limbs_silenced())

    def _on_row(self, item: QTableWidgetItem | None, _before: QTableWidgetItem | None) -> None:
        self.row_pointed.emit(None if item is None else item.data(Qt.ItemDataRole.UserRole))


def answers_text(before: Explained, after: Explained, what: str) -> str:
    """What was said of a clip, and of the same one changed, or by a network that may know other actions."""
    first, then = before.whole, after.whole
    name, other = before.actions[before.best], after.actions[after.best]
    was, new = 100 * float(first[before.best]), 100 * float(then[after.best])
    if name not in after.actions:
        return f"{what}: it does not know '{name}', which had {was:.0f} %; its answer is '{other}', {new:.0f} %."
    now = 100 * float(then[after.actions.index(name)])
    said = f"{what}: '{name}' goes from {was:.0f} to {now:.0f} %"
    return f"{said}." if other == name else f"{said}; the answer is '{other}' now, {new:.0f} %."
