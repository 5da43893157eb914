"""Processes that share each batch give the weights that one alone would have given."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from core.cli.run import run
from core.errors import DataError, DeviceError
from core.training.distributed import Team, check_batches, joined_team
from core.training.loop import Shard
from core.training.torchrun import end_process, is_distributed
from tests.clips import CPU, SMALL, STAGED, new_run, run_epochs, write_dataset

ROOT = Path(__file__).resolve().parent.parent.parent


def no_window(_: object) -> int:
    raise AssertionError("training opens no window")


STAGES = """
import sys
from dataclasses import replace
from safetensors.torch import save_file
from core.training.distributed import joined_team
from core.training.loop import TrainingRun, build_network
from core.training.torchrun import end_process
from tests.clips import STAGED, run_epochs, train_tensors
recipe = replace(STAGED, members=int(sys.argv[2]), batch=int(sys.argv[3]))
with joined_team("cpu") as team:
    network = build_network(recipe, classes=3, seed=4)
    run = TrainingRun(network, train_tensors(recipe), recipe, seed=4, shard=team.shard)
    accuracy = run_epochs(run)[-1].accuracy
    save_file(network.state_dict(), f"{sys.argv[1]}/{team.shard.rank}", metadata={"accuracy": str(accuracy)})
end_process(0)
"""


def in_two_processes(script: Path, *arguments: str) -> str:
    """Run a script with torchrun and give what both printed."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    with subprocess.Popen(
        [*torchrun, str(script), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    ) as process:
        try:
            printed, complaints = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # the two that torchrun started as well
            raise
    assert process.returncode == 0, complaints
    return printed


@pytest.mark.parametrize(("members", "batch"), [(1, 8), (2, 3)])  # of 6 rows the second process has the last 3
def test_two_processes_give_the_weights_of_one(members: int, batch: int, tmp_path: Path) -> None:
    """With dropout, augmentation, frozen gates and growing layers; summed over gloo."""
    (tmp_path / "two.py").write_text(STAGES)
    in_two_processes(tmp_path / "two.py", str(tmp_path), str(members), str(batch))
    alone = new_run(replace(STAGED, members=members, batch=batch), seed=4)
    accuracy = run_epochs(alone)[-1].accuracy
    for rank in ("0", "1"):
        assert_close(tmp_path / rank, alone.network.state_dict())
        with safe_open(tmp_path / rank, framework="pt") as file:
            assert float(file.metadata()["accuracy"]) == pytest.approx(accuracy)


def test_the_command_under_torchrun_writes_one_model_the_same_as_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_dataset(tmp_path / "clips")
    monkeypatch.setenv("JOINTLIGHT_HOME", str(tmp_path / "home"))
    asked = ["train", "--dataset", "folder", "--data", str(tmp_path / "clips"), "--preset", "best", "--epochs", "2"]
    asked += ["--device", "cpu", "--json", "--out"]
    printed = in_two_processes(ROOT / "main.py", *asked, str(tmp_path / "two"))
    assert json.loads(printed)["n"] == 12, "one process prints, and nothing but one object"
    assert run([*asked, str(tmp_path / "one")], open_window=no_window) == 0
    # The optimiser makes steps of the size of the rate of gradients that are all but 0, whatever their last digits say.
    alone = load_file(tmp_path / "one" / "model.safetensors")
    assert_close(tmp_path / "two" / "model.safetensors", alone, tolerance=2e-4)
    assert "torchrun --nproc-per-node 2" in json.loads((tmp_path / "two" / "metrics.json").read_text())["command"]


def assert_close(path: Path, expected: dict[str, Tensor], *, tolerance: float = 1e-5) -> None:
    found = load_file(path)
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, atol=tolerance, rtol=1e-5)


def test_a_process_alone_is_a_team_of_one() -> None:
    assert not is_distributed()
    with joined_team("cpu") as team:
        assert team.leads
        assert team.mean(0.25) == 0.25
        with team.one_first():
            pass
    assert not torch.distributed.is_initialized()


def test_a_team_of_torchruns_making_joins_and_leaves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A world of one, so that the real calls are made without other processes."""
    for name, value in {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}.items():
        monkeypatch.setenv(name, value)
    with joined_team("cpu") as team:
        assert torch.distributed.is_initialized()
        assert (team.shard, team.leads) == (Shard(rank=0, world=1), True)
    assert not torch.distributed.is_initialized()


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for name, value in {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DeviceError, match="1 GPUs"), joined_team("cuda"):
        pass


def test_a_batch_needs_a_clip_for_each_process() -> None:
    check_batches(SMALL, samples=12, shard=Shard(rank=0, world=6))  # two batches of six
    with pytest.raises(DataError, match="6 clips for 7 processes"):
        check_batches(SMALL, samples=12, shard=Shard(rank=0, world=7))


def test_a_process_of_torchrun_ends_at_once_with_its_status_and_all_that_it_printed() -> None:
    code = "import atexit; from core.training.torchrun import end_process; atexit.register(print, 'way down'); "
    code += "print('said', end=''); end_process(3)"
    for place, said in [({}, "saidway down\n"), ({"RANK": "0", "WORLD_SIZE": "2"}, "said")]:
        ended = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, **place, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
            text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (ended.returncode, ended.stdout) == (3, said)
    with pytest.raises(SystemExit, match="2"):
        end_process(2)


def test_a_process_that_joins_in_does_not_lead() -> None:
    assert not Team(shard=Shard(rank=1, world=2), device=CPU).leads


@pytest.mark.parametrize("more", [("--folds", "all"), ("--seeds", "2")])
def test_folds_and_seeds_are_not_for_torchrun(
    more: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    asked = ["train", "--dataset", "folder", "--data", str(tmp_path), "--out", str(tmp_path / "x"), *more]
    assert run(asked, open_window=no_window) == 2
    assert "torchrun" in capsys.readouterr().err
