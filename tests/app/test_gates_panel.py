"""Formulas of the gates as they are set in print."""

import pytest

from app.widgets.gates_panel import formula_html


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("x_t", "x<sub>t</sub>"),
        ("α_t,k = exp(s_t,k)", "α<sub>t,k</sub> = exp(s<sub>t,k</sub>)"),
        ("W_hs h^s_(t−1)", "W<sub>hs</sub> h<sup>s</sup><sub>t−1</sub>"),
        ("Σ_(i≤t) 0.98^(t−i)", "Σ<sub>i≤t</sub> 0.98<sup>t−i</sup>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("LSTM(x′_t, h_(t−1))", "LSTM(x′<sub>t</sub>, h<sub>t−1</sub>)"),
    ],
)
def test_indices_stand_low_and_powers_high(formula: str, shown: str) -> None:
    assert formula_html(formula) == shown
