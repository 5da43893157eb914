"""The bench: the network it measures against is the same network, and its rows say what they mean."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from core.bench import train as bench
from core.bench.report import Report, Row, library_versions, machine_facts
from core.bench.stepwise import StepwiseSTALSTM, cell_name, stepwise_like
from core.bench.synthetic import ntu_like, ntu_like_sample, sbu_like
from core.bench.train import NO_CUDA, Sizes, epoch_s, shortened, spread_over, total_steps, train_rows
from core.cli.run import run
from core.cli.window import WindowRequest
from core.errors import ModelError
from core.model.loss import LossSpec, loss_terms
from core.model.sta_lstm import STALSTM, NetworkSpec, Output, Variant
from core.training.presets import BEST, PAPER
from tests.bench.keep import keep

CPU = torch.device("cpu")
SPEC = NetworkSpec(joints=5, channels=3, classes=7, hidden=12, layers=3, gate_hidden=9, dropout=0.0)
TINY = Sizes(network=SPEC, frames=6, small_batch=2, large_batch=4, least_rounds=3, round_budget_s=1e-6)
needs_no_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="is about machines without CUDA")


def quiet(_what: str, _share: float) -> None:
    """Nobody watches."""


def no_window(_request: WindowRequest) -> int:
    raise AssertionError("a bench opens no window")


def batch(spec: NetworkSpec) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    inputs = torch.randn(4, 11, spec.joints, spec.channels, generator=generator)
    return inputs, torch.tensor([0, 6, 2, 3]), torch.tensor([11, 4, 1, 8])


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("kept", [1.0, 0.8])
def test_step_by_step_is_the_same_network(normalised: bool, masked: bool, kept: float) -> None:
    torch.manual_seed(0)
    network = STALSTM(replace(SPEC, normalised=normalised, kept=kept))
    plain = stepwise_like(network)
    inputs, labels, lengths = batch(SPEC)
    outputs: list[Output] = []
    for either in (network, plain):
        output = either(inputs, lengths if masked else None)
        spec = LossSpec(joint=0.1, frame=0.1, weight=0.01)
        loss_terms(either, output, labels, lengths, spec).total.backward()  # type: ignore[no-untyped-call]
        outputs.append(output)
    for ours, theirs in zip(outputs[0][:4], outputs[1][:4], strict=True):  # logits, alpha, beta, frame scores
        torch.testing.assert_close(theirs, ours, atol=1e-5, rtol=0)
    gradients = {name: weight.grad for name, weight in plain.named_parameters()}
    for name, weight in network.named_parameters():
        assert weight.grad is not None
        assert weight.grad.abs().sum() > 0, name
        torch.testing.assert_close(gradients.pop(cell_name(name)), weight.grad, atol=1e-4, rtol=0)
    assert not gradients


def test_step_by_step_drops_in_training_only() -> None:
    plain = stepwise_like(STALSTM(replace(SPEC, dropout=0.5)))
    inputs, _, lengths = batch(SPEC)
    assert not torch.equal(plain(inputs, lengths).logits, plain(inputs, lengths).logits)
    plain.eval()
    assert torch.equal(plain(inputs, lengths).logits, plain(inputs, lengths).logits)


def test_step_by_step_refuses_a_network_without_a_gate() -> None:
    with pytest.raises(ModelError, match="sa-lstm"):
        StepwiseSTALSTM(replace(SPEC, variant=Variant.SA))


@pytest.mark.parametrize(
    ("value", "higher_is_better", "at_least", "holds"),
    [
        (4.0, True, 4.0, True),
        (3.9, True, 4.0, False),
        (14.0, False, 15.0, True),
        (16.0, False, 15.0, False),
        (None, True, 4.0, None),
        (1.0, True, None, None),
    ],
)
def test_a_row_knows_on_which_side_of_its_target_it_is(
    value: float | None, higher_is_better: bool, at_least: float | None, holds: bool | None
) -> None:
    row = Row(
        name="n", value=value, unit="s", higher_is_better=higher_is_better, at_least=at_least, protocol="as it was"
    )
    assert row.holds is holds
    written = Report(machine=machine_facts(), versions=library_versions(), rows=(row,)).as_json()
    assert set(written) == {"machine", "versions", "rows"}
    assert list(written["rows"][0]) == [
        "name", "value", "unit", "higher_is_better", "at_least", "aim", "holds", "protocol",
    ]  # fmt: skip
    assert written["rows"][0]["holds"] is holds
    assert written["versions"]["torch"] == torch.__version__
    json.dumps(written, allow_nan=False)


def test_the_ratio_rows_are_measured() -> None:
    told: list[tuple[str, float]] = []
    rows = [
        bench._ratio_row(TINY, CPU, batch=size, at_least=1.0, aim=None, tell=lambda *told_now: told.append(told_now))
        for size in (2, 4)
    ]
    assert all(row.value is not None and row.value > 0 for row in rows)
    assert "median of 3 pairs" in rows[0].protocol
    assert {what for what, _ in told} == {row.name for row in rows}
    assert all(0 < share <= 1 for _, share in told)


@needs_no_cuda
def test_rows_that_need_cuda_say_so() -> None:
    rows = list(train_rows(TINY, cpu=False, cuda=True, tell=quiet))
    assert len(rows) == 2
    for row in rows:
        assert row.value is None
        assert row.holds is None
        assert row.at_least is not None
        assert row.protocol.startswith(NO_CUDA)
        assert "jointlight bench train --device cuda" in row.protocol


def test_an_epoch_of_made_up_data_runs_as_the_loop_trains() -> None:
    sizes = replace(TINY, ntu_sequences=9, ntu_epochs=3)
    recipe = replace(BEST, batch=4, hidden=8, gate_hidden=8).adapted_to(ntu_like_sample(6))
    assert recipe.features.rows == 25
    assert epoch_s(recipe, sizes, CPU, tell=lambda _share: None) > 0


def test_made_up_data_has_the_size_of_the_real() -> None:
    dataset = sbu_like(282)
    frames = [len(sample.sequence) for sample in dataset.samples]
    assert (len(frames), min(frames), max(frames)) == (282, 10, 46)
    assert sum(frames) / len(frames) == pytest.approx(24.2, abs=1)  # as SBU has
    for split in dataset.splits:
        assert len(dataset.part(train=True, split=split.name)) in range(220, 230)
    data = ntu_like(5, frames=7, device=CPU)
    assert data.positions_m.shape == (5, 7, 1, 25, 3)
    assert data.positions_m.diff(dim=1).abs().mean() < 0.05


def test_the_sbu_row_runs_the_real_repeats_and_scales_their_steps_up() -> None:
    shares: list[float] = []
    sizes = replace(TINY, sbu_sequences=40, sbu_share=0.0005)  # a step in every stage
    row = bench._sbu_row(sizes, lambda _what, share: shares.append(share))
    assert row.value is not None
    assert row.value > 0
    assert not row.higher_is_better
    assert "scaled up" in row.protocol
    assert shares == sorted(shares)


def test_a_shortened_recipe_keeps_the_shares_of_its_stages() -> None:
    short = shortened(PAPER, 0.1, per_epoch=29)
    assert [stage.name for stage in short.stages] == [stage.name for stage in PAPER.stages]
    assert total_steps(short, 29) == pytest.approx(total_steps(PAPER, 29) / 10, rel=0.01)


def test_runs_are_spread_over_workers_as_they_become_free() -> None:
    assert spread_over([3.0, 1.0, 1.0, 1.0, 2.0], jobs=2) == 5.0
    assert spread_over([3.0, 1.0], jobs=1) == 4.0


def test_the_command_prints_one_json_object_and_keeps_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[dict[str, Any]] = []

    def rows(sizes: Sizes, **options: Any) -> list[Row]:
        asked.append({"share": sizes.sbu_share, "cpu": options["cpu"], "cuda": options["cuda"]})
        options["tell"]("a row", 0.5)
        return [Row(name="a row", value=5.1234, unit="times", at_least=4.0, protocol="by hand")]

    monkeypatch.setattr("core.cli.bench.train_rows", rows)
    file = tmp_path / "report.json"
    assert run(["bench", "train", "--json", "--out", str(file)], open_window=no_window) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(file.read_text())
    assert printed["rows"][0]["value"] == 5.123
    assert run(["bench", "train", "--full", "--device", "cpu"], open_window=no_window) == 0
    assert "5.12" in capsys.readouterr().out
    assert asked == [{"share": 0.1, "cpu": True, "cuda": True}, {"share": 1.0, "cpu": True, "cuda": False}]
    assert run(["bench", "train", "--out", str(tmp_path / "no" / "x")], open_window=no_window) == 2
    assert "no folder" in capsys.readouterr().err


def test_results_of_other_benches_stay(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    keep("chain", {"rows": [1]}, file=file)
    keep("train", {"rows": [2]}, file=file)
    keep("train", {"rows": [3]}, file=file)
    assert json.loads(file.read_text()) == {"chain": {"rows": [1]}, "train": {"rows": [3]}}
