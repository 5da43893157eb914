"""The table of numbers: read back, they are those of the network, and no name becomes a formula."""

import csv
import io

import numpy as np
import pytest

from core.explain.explained import explain_clip
from core.explain.tables import safe, table
from core.model.sta_lstm import Variant
from tests.explaining import joined, moving, small_model


@pytest.mark.parametrize("persons", [1, 2])
def test_every_number_is_read_back_as_it_was_computed(persons: int) -> None:
    model = small_model(persons=persons, kept=0.9)
    explained = explain_clip(model, moving(60, persons=persons))
    rows = list(csv.DictReader(io.StringIO(table(explained), newline="")))
    assert len(rows) == len(explained)
    who = "person 2 " if persons == 2 else ""
    for frame, row in enumerate(rows):
        alpha = np.array([row[name] for name in row if name.startswith("alpha ")], np.float32)
        np.testing.assert_array_equal(alpha, explained.alpha[frame])
        scores = np.array([row[f"score {action}"] for action in explained.actions], np.float32)
        np.testing.assert_array_equal(scores, explained.logits[frame])
        assert np.float32(row["beta"]) == explained.beta[frame]
        assert np.float32(row["beta_counted"]) == explained.counted[frame]
        assert float(row["time_s"]) == pytest.approx(explained.times_s[frame], abs=1e-6)
        assert int(row["K"]) == 21 * persons
        heat = float(row[f"alpha {who}HandRight"]) * int(row["K"])
        assert heat == pytest.approx(explained.joint_heat(frame, person=persons - 1)[11], rel=1e-5)
        probabilities = [float(row[f"probability {action}"]) for action in explained.actions]
        assert sum(probabilities) == pytest.approx(1, abs=1e-5)
        assert row["best"] == explained.actions[int(np.argmax(probabilities))]
        assert float(row["best_probability"]) == max(probabilities)
        assert row["said"] == (explained.said[frame].action or "no action")


def test_stretches_are_numbered() -> None:
    explained = explain_clip(small_model(), joined(moving(30), moving(20), gap_s=2))
    rows = list(csv.DictReader(io.StringIO(table(explained), newline="")))
    assert [row["stretch"] for row in rows] == ["1"] * 15 + ["2"] * 10


def test_names_stay_in_their_cell_and_are_no_formulas() -> None:
    names = ('=HYPERLINK("http://x")', 'a,"b"\nc', "no action")
    explained = explain_clip(small_model(Variant.LSTM, actions=names), moving(40))
    rows = list(csv.reader(io.StringIO(table(explained), newline="")))
    assert {len(row) for row in rows} == {9 + 2 * 3 + 21}
    assert 'score a,"b"\nc' in rows[0]
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert (safe("=1"), safe("-x"), safe("wave")) == ("'=1", "'-x", "wave")
