"""Bundles are made the same everywhere and refused in plain words."""

import io
import os
import zipfile
from pathlib import Path

import flatbuffers
import pytest

from core.errors import PoseModelError
from core.pose.mediapipe_import import load_mediapipe
from core.pose.task_file import DETECTOR, LANDMARKS, METADATA, check_pose_model_file, task_bytes, with_normalisation

NETWORK = b"\x1c\x00\x00\x00TFL3" + bytes(600_000)


def tiny_network() -> bytes:
    """A TensorFlow Lite file with one graph of nothing."""
    load_mediapipe()
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model = schema.ModelT()
    model.version, model.buffers, model.subgraphs = 3, [schema.BufferT()], [schema.SubGraphT()]
    builder = flatbuffers.Builder(64)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def normalisation_of(network: bytes) -> tuple[float, float]:
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(network, 0))
    (entry,) = [entry for entry in model.metadata if entry.name == METADATA.encode()]
    content = bytes(model.buffers[entry.buffer].data)
    metadata = metadata_schema.ModelMetadataT.InitFromObj(metadata_schema.ModelMetadata.GetRootAs(content, 0))
    options = metadata.subgraphMetadata[0].inputTensorMetadata[0].processUnits[0].options
    return float(options.mean[0]), float(options.std[0])


def test_each_network_says_how_its_picture_is_normalised() -> None:
    network = tiny_network()
    content = task_bytes(detector=network, landmarks=network)
    assert content == task_bytes(detector=network, landmarks=network)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert bundle.testzip() is None
        assert normalisation_of(bundle.read(DETECTOR)) == (127.5, 127.5)
        assert normalisation_of(bundle.read(LANDMARKS)) == (0.0, 255.0)
        for name in (DETECTOR, LANDMARKS):  # flatbuffers are read in place
            assert content.index(bundle.read(name)) % 16 == 0


def test_network_with_metadata_stays_as_it_is() -> None:
    network = with_normalisation(tiny_network(), mean=1.0, std=2.0)
    assert with_normalisation(network, mean=0.0, std=255.0) == network


def write_bundle(path: Path, *, compression: int = zipfile.ZIP_STORED, **networks: bytes) -> None:
    with zipfile.ZipFile(path, "w", compression) as bundle:
        for name, content in networks.items():
            bundle.writestr(f"{name}.tflite", content)


def test_sound_bundle_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "own.task"
    write_bundle(path, pose_detector=NETWORK, pose_landmarks_detector=NETWORK)
    check_pose_model_file(path)


def missing(path: Path) -> None:
    pass


def is_folder(path: Path) -> None:
    path.mkdir()


def too_small(path: Path) -> None:
    path.write_bytes(b"x")


def no_zip(path: Path) -> None:
    path.write_bytes(NETWORK * 2)


def lacks_landmarks(path: Path) -> None:
    write_bundle(path, pose_detector=NETWORK * 2)


def compressed(path: Path) -> None:
    noise = b"\x1c\x00\x00\x00TFL3" + b"".join(number.to_bytes(8, "big") for number in range(200_000))
    write_bundle(path, compression=zipfile.ZIP_DEFLATED, pose_detector=noise * 4, pose_landmarks_detector=noise * 4)


def no_network(path: Path) -> None:
    write_bundle(path, pose_detector=b"x" * 900_000, pose_landmarks_detector=b"x" * 900_000)


def flipped_bit(path: Path) -> None:
    write_bundle(path, pose_detector=NETWORK, pose_landmarks_detector=NETWORK)
    content = bytearray(path.read_bytes())
    content[300_000] ^= 1
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    write_bundle(path, pose_detector=NETWORK, pose_landmarks_detector=NETWORK * 2)
    path.write_bytes(path.read_bytes()[:-700_000])


def set_flags(path: Path, flags: int) -> None:
    """In the header of each entry, in the list at the end of the file."""
    write_bundle(path, pose_detector=NETWORK, pose_landmarks_detector=NETWORK)
    content = bytearray(path.read_bytes())
    start = content.find(b"PK\x01\x02")
    while start >= 0:
        content[start + 8 : start + 10] = flags.to_bytes(2, "little")
        start = content.find(b"PK\x01\x02", start + 1)
    path.write_bytes(content)


def encrypted(path: Path) -> None:
    set_flags(path, 0x1)


def name_in_no_alphabet(path: Path) -> None:
    set_flags(path, 0x800)
    content = path.read_bytes()
    start = content.find(b"PK\x01\x02") + 46
    path.write_bytes(content[:start] + b"\xff\xff" + content[start + 2 :])


def pipe(path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs pipes in the file system")
    os.mkfifo(path)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (missing, "no pose model file"),
        (is_folder, "is a folder"),
        (too_small, "has 1 bytes"),
        (no_zip, "no readable zip"),
        (lacks_landmarks, f"does not hold {LANDMARKS}"),
        (compressed, "is compressed"),
        (no_network, "no TensorFlow Lite network"),
        (flipped_bit, "no readable zip"),
        (cut_short, "no readable zip"),
        (encrypted, "is encrypted"),
        (name_in_no_alphabet, "no readable zip"),
        (pipe, "no ordinary file"),
    ],
)
def test_unusable_file_is_refused_in_one_sentence(tmp_path: Path, damage: object, said: str) -> None:
    path = tmp_path / "own.task"
    assert callable(damage)
    damage(path)
    with pytest.raises(PoseModelError, match=said) as caught:
        check_pose_model_file(path)
    assert str(path) in str(caught.value)


def test_a_name_that_is_too_long_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(PoseModelError, match="too long"):
        check_pose_model_file(tmp_path / ("x" * 300 + ".task"))
