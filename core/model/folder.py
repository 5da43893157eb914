"""Model folders: `model.safetensors`, `config.json`, `metrics.json`, `card.md`. Nothing in them is ever unpickled.

`config.json` holds everything that running the network needs, so that a folder runs alone.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.documents import read_document, write_document
from core.errors import DataError, ModelError, OutputError
from core.files import replaceable_folder, replacing_folder
from core.model.committee import Network, make_network
from core.model.device import choose_device, device_text
from core.model.prediction import Prediction
from core.model.refiner import Refiner, RefinerSpec
from core.model.sta_lstm import NetworkSpec, Output
from core.paths import model_search_dirs
from core.skeleton.features import FeatureSpec, frame_features, without_unseen

SCHEMA_VERSION = 1
WEIGHTS, CONFIG, METRICS, CARD = "model.safetensors", "config.json", "metrics.json", "card.md"
_MAX_WEIGHTS_BYTES = 256 * 2**20
_REFINER = "refiner."  # what the names of its weights begin with; those of the network are as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSpec:
    """When predictions become an answer: see `core.live.decision`, and `core.live.thresholds` for how it is chosen."""

    enter: float = 0.5  # smoothed probability at which an action is said
    leave: float = 0.35  # and below which it is no longer
    hold_s: float = 0.25  # how long an action must lead before it is said
    still_m_s: float = 0.12  # mean joint speed below which nobody acts
    seen_frames: float = 3.0  # weight (sum of beta) that the window must carry; less: the frame gate saw nothing in it
    smoothing_s: float = 0.25  # time constant of the smoothed probabilities
    least_evidence: float | None = None  # `Prediction.evidence` below which the window shows something never seen
    # Added to the background's logit. Of what a network is trained on a few per cent are rest; of an hour, most is.
    background_bias: float = 0.0
    least_said_s: float = 0.0  # an answer given for less was a passing guess, which no list of decisions keeps
    # How much later than an action its name comes and goes, as a rule (see `lateness_s`); None: nobody measured it.
    starts_late_s: float | None = None
    ends_late_s: float | None = None

    def __post_init__(self) -> None:
        if not abs(self.background_bias) <= 100 or not 0 <= self.least_said_s <= 60:
            raise ModelError(f"decision thresholds out of range: {self}.")
        if not all(late_s is None or 0 <= late_s <= 60 for late_s in (self.starts_late_s, self.ends_late_s)):
            raise ModelError(f"decision thresholds out of range: {self}.")
        if not 0 <= self.smoothing_s <= 60 or not abs(self.least_evidence or 0) <= 1e6:
            raise ModelError(f"decision thresholds out of range: {self}.")
        if not (0 <= self.leave <= self.enter <= 1 and 0 <= self.hold_s <= 60):
            raise ModelError(f"decision thresholds out of range: {self}.")
        if not (0 <= self.still_m_s <= 100 and 0 <= self.seen_frames <= 10_000):
            raise ModelError(f"decision thresholds out of range: {self}.")

    @property
    def lateness_s(self) -> tuple[float, float]:
        """How much later than an action its name comes and goes; unmeasured, what hysteresis takes at least."""
        starts_s = self.hold_s + self.smoothing_s if self.starts_late_s is None else self.starts_late_s
        return starts_s, self.ends_late_s or 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """What `config.json` holds. Raises ModelError where the parts do not fit each other."""

    title: str
    layout: str
    features: FeatureSpec
    network: NetworkSpec
    window_frames: int
    actions: tuple[str, ...]
    temperature: float = 1.0
    background: str = ""  # the action that means that nothing is done; "": the network knows none
    decision: DecisionSpec = field(default_factory=DecisionSpec)
    refiner: RefinerSpec | None = None  # of the joints that are found in pixels; None: they are taken as they are
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        if self.layout != "kinect25":
            raise ModelError(f"layout is '{self.layout}'; models run on kinect25.")
        if self.features.rows != self.network.joints or self.features.channels != self.network.channels:
            raise ModelError(
                f"the features give {self.features.rows} joints with {self.features.channels} channels, "
                f"the network expects {self.network.joints} with {self.network.channels}."
            )
        if len(self.actions) != self.network.classes or len(set(self.actions)) != len(self.actions):
            raise ModelError(f"{len(self.actions)} action names for {self.network.classes} classes, each once.")
        if self.background and self.background not in self.actions:
            raise ModelError(f"background is '{self.background}', which is none of the actions.")
        if not 2 <= self.window_frames <= 10_000:
            raise ModelError(f"window_frames is {self.window_frames}, outside 2 to 10000.")
        if not 0.01 <= self.temperature <= 100:
            raise ModelError(f"temperature is {self.temperature}, outside 0.01 to 100.")


class ActionModel:
    """A trained network with everything around it. Owned by one thread."""

    def __init__(
        self,
        *,
        name: str,
        config: ModelConfig,
        network: Network,
        device: torch.device,
        refiner: Refiner | None = None,
    ) -> None:
        self.name = name
        self.config = config
        self.device = device
        self.network = network.to(device).eval()
        self.refiner = None if refiner is None else refiner.eval()  # on the CPU, where joints are found

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the probabilities."""
        return self.config.actions

    @property
    def background(self) -> int | None:
        """Place of the action that means that nothing is done."""
        return self.actions.index(self.config.background) if self.config.background else None

    @property
    def joints(self) -> tuple[int, ...]:
        """Kinect-25 index of each joint that the network sees."""
        return self.config.features.joints

    @property
    def persons(self) -> int:
        """How many persons the network looks at together."""
        return self.config.features.persons

    @property
    def rate_hz(self) -> float:
        """Rate of the time grid that the network was trained on."""
        return self.config.features.rate_hz

    @property
    def device_text(self) -> str:
        """The device in words."""
        return device_text(self.device)

    def features(
        self,
        positions_m: NDArray[np.float32],
        *,
        seen: NDArray[np.bool_] | None = None,
        origin_m: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Network input (T, K, C) for Kinect-25 positions (T, P, 25, 3) on the model's grid.

        `seen` (T or 1, P, 25) tells which joints the estimator saw, by default all; `origin_m` (3,) is where the stream
        began, by default the first frame given.
        """
        origin = None if origin_m is None else torch.from_numpy(origin_m)
        spec = self.config.features
        with torch.inference_mode():
            features = frame_features(torch.from_numpy(positions_m), spec, origin_m=origin)
            return (features if seen is None else without_unseen(features, torch.from_numpy(seen), spec)).numpy()

    def predict(self, window: NDArray[np.float32]) -> Prediction:
        """Prediction for a window of features (T, K, C), T of at least 1."""
        return self.predict_all([window])[0]

    def predict_all(self, windows: Sequence[NDArray[np.float32]]) -> list[Prediction]:
        """Predictions for windows of features (T, K, C), each with a T of its own, in one batch."""
        output = self.run(windows)
        lengths = torch.tensor([len(window) for window in windows], device=output.beta.device)
        counted = output.counted(lengths)
        weights = (counted * (torch.arange(counted.shape[1], device=counted.device) < lengths[:, None])).sum(dim=1)
        logits, alpha, beta = _to_numpy(output.logits), _to_numpy(output.alpha), _to_numpy(counted)
        return [
            self.prediction(logits[row], alpha=alpha[row, :length], beta=beta[row, :length], weight=float(weights[row]))
            for row, length in enumerate(map(len, windows))
        ]

    def prediction(
        self, logits: NDArray[np.float32], *, alpha: NDArray[np.float32], beta: NDArray[np.float32], weight: float
    ) -> Prediction:
        """What scores (classes,) and attention, (T, K) and (T,), say in the words of this model."""
        return Prediction.of_scores(
            logits,
            temperature=self.config.temperature,
            actions=self.actions,
            joints=self.joints,
            alpha=alpha,
            beta=beta,
            weight=weight,
        )

    def run(self, windows: Sequence[NDArray[np.float32]]) -> Output:
        """What the network itself says of windows of features (T, K, C), padded to the longest of them."""
        lengths = torch.tensor([len(window) for window in windows])
        inputs = torch.zeros(len(windows), int(lengths.max()), *windows[0].shape[1:])
        for row, window in zip(inputs, windows, strict=True):
            row[: len(window)] = torch.from_numpy(window)
        with torch.inference_mode():
            output: Output = self.network(inputs.to(self.device), lengths.to(self.device) if len(windows) > 1 else None)
        return output


def _to_numpy(tensor: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.float().cpu().numpy()
    return array


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """A model folder as a list shows it."""

    name: str
    path: Path
    title: str
    persons: int


def list_models() -> list[ModelEntry]:
    """The models that can be found and whose config can be read; the user's own hide bundled ones of the same name."""
    found: dict[str, ModelEntry] = {}
    for place in model_search_dirs():
        for entry in models_of(place):
            found.setdefault(entry.name, entry)
    return list(found.values())


def models_of(place: Path) -> list[ModelEntry]:
    """The models in a folder whose config can be read, by name; none where there is no such folder."""
    found = []
    for config_path in sorted(place.glob(f"*/{CONFIG}")):
        folder = config_path.parent
        try:
            config = read_config(folder)
        except ModelError:
            continue  # `jointlight models list` names damaged folders; a chooser offers those that run
        found.append(ModelEntry(name=folder.name, path=folder, title=config.title, persons=config.features.persons))
    return found


def find_model(name_or_path: str) -> Path:
    """The folder of a model by name or path. Raises ModelError that lists what there is."""
    own_places = [place / name_or_path for place in model_search_dirs() if Path(name_or_path).name == name_or_path]
    for folder in (*own_places, Path(name_or_path)):
        if name_or_path and os.path.isdir(folder):  # noqa: PTH112  # Path.is_dir raises for a name that is too long
            return folder
    known = ", ".join(entry.name for entry in list_models()) or "none"
    raise ModelError(f"There is no model '{name_or_path}'. Known models: {known}; or give the path of a model folder.")


def read_config(folder: Path) -> ModelConfig:
    """Read and check a model's config.json. Raises ModelError naming file and field."""
    try:
        return read_document(folder / CONFIG, ModelConfig, schema_version=SCHEMA_VERSION)
    except (DataError, ModelError) as error:
        where = "" if str(folder) in str(error) else f"{folder / CONFIG}: "
        raise ModelError(f"{where}{error}") from error


def load_model(name_or_path: str, *, device: str = "auto") -> ActionModel:
    """Load a model folder by name or path onto a device.

    Raises ModelError for a missing or damaged part and DeviceError where the device is missing.
    """
    folder = find_model(name_or_path)
    config = read_config(folder)
    weights = _read_weights(folder / WEIGHTS)
    with torch.device("meta"):  # shapes only: a config that names an absurd network must not fill the memory
        expected = _all_weights(make_network(config.network), _refiner_of(config))
    if _shapes(expected) != _shapes(weights):
        raise ModelError(f"{folder / WEIGHTS} does not fit {CONFIG}: it holds another network.")
    if not all(bool(tensor.isfinite().all()) for tensor in weights.values()):
        raise ModelError(f"{folder / WEIGHTS} holds weights that are not finite numbers.")
    network = make_network(config.network)
    network.load_state_dict({name: value for name, value in weights.items() if not name.startswith(_REFINER)})
    refiner = _refiner_of(config)
    if refiner is not None:
        named = {name.removeprefix(_REFINER): value for name, value in weights.items() if name.startswith(_REFINER)}
        refiner.load_state_dict(named)
    return ActionModel(
        name=folder.resolve().name, config=config, network=network, device=choose_device(device), refiner=refiner
    )


def _refiner_of(config: ModelConfig) -> Refiner | None:
    return None if config.refiner is None else Refiner(config.refiner)


def _all_weights(network: Network, refiner: Refiner | None) -> dict[str, Tensor]:
    """The weights of both, as they stand in the file."""
    of_refiner = {} if refiner is None else refiner.state_dict()
    return network.state_dict() | {f"{_REFINER}{name}": value for name, value in of_refiner.items()}


def _shapes(weights: dict[str, Tensor]) -> dict[str, tuple[torch.dtype, torch.Size]]:
    return {name: (tensor.dtype, tensor.shape) for name, tensor in weights.items()}


def _read_weights(path: Path) -> dict[str, Tensor]:
    try:
        if path.stat().st_size > _MAX_WEIGHTS_BYTES:
            raise ModelError(f"{path} is larger than {_MAX_WEIGHTS_BYTES // 2**20} MB and is not read.")
        return load_file(path)
    except OSError as error:
        raise ModelError(f"Cannot read {path}: {error.strerror or error}. Restore the model folder.") from error
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise ModelError(f"{path} is damaged ({error}). Restore the model folder.") from error


def check_target(folder: Path) -> Path:
    """The absolute folder that a model may be written to; see `core.files.replaceable_folder`."""
    parts = {WEIGHTS, CONFIG, METRICS, CARD}
    return replaceable_folder(
        folder, what="a model", is_ours=lambda inside: inside <= parts and _is_model(folder.expanduser())
    )


def _is_model(folder: Path) -> bool:
    try:
        read_config(folder)
    except ModelError:
        return False
    return True


def save_model(
    folder: Path,
    *,
    network: Network,
    config: ModelConfig,
    metrics: dict[str, Any],
    card: str,
    refiner: Refiner | None = None,
) -> None:
    """Write a model folder; it appears whole or not at all, in place of an older model. See `check_target`."""
    folder = check_target(folder)
    config = replace(config, refiner=None if refiner is None else refiner.spec)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in _all_weights(network, refiner).items()}
    try:
        with replacing_folder(folder) as new:
            save_file(weights, new / WEIGHTS)
            write_document(new / CONFIG, config)
            write_document(new / METRICS, metrics)
            (new / CARD).write_text(card, encoding="utf-8")
    except safetensors.SafetensorError as error:  # as a full disk comes out of there
        raise OutputError(f"Cannot write {folder}: {error}.") from error
