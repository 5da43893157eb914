"""The .task file: a zip, not compressed, of the two networks that MediaPipe's pose landmarker runs."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import flatbuffers

from core.errors import PoseModelError
from core.pose.mediapipe_import import load_mediapipe

DETECTOR = "pose_detector.tflite"
LANDMARKS = "pose_landmarks_detector.tflite"
METADATA = "TFLITE_METADATA"

MIN_BYTES, MAX_BYTES = 1_000_000, 200_000_000  # lite has 5.8 MB, heavy about 30 MB
_TFLITE, _METADATA_FORMAT = b"TFL3", b"M001"  # flatbuffers file identifiers
_ALIGNMENT = 16  # of each network in the file, which flatbuffers are read at
_ALIGNMENT_FIELD = 0xD935  # id of the padding field that Android's zipalign writes
_ENCRYPTED = 0x1  # a flag of a zip entry
_DATE = (1980, 1, 1, 0, 0, 0)  # the same file from the same networks on every machine and day


def check_pose_model_file(path: Path) -> None:
    """Raise PoseModelError if the file cannot be a pose landmarker bundle; says nothing of how good it is."""
    try:
        if not path.exists():
            raise PoseModelError(f"There is no pose model file {path}. Check the path given with --pose-model.")
        if path.is_dir():
            raise PoseModelError(f"{path} is a folder, not a pose model file. Give the .task file in it.")
        if not path.is_file():  # opening a pipe would wait for somebody who writes to it
            raise PoseModelError(f"{path} is no ordinary file. Give a pose_landmarker_*.task file.")
        size = path.stat().st_size
        if not MIN_BYTES <= size <= MAX_BYTES:
            raise PoseModelError(
                f"{path} has {size:,} bytes and is no pose model, which has 5 to 30 million. "
                "Give a pose_landmarker_*.task file."
            )
        with zipfile.ZipFile(path) as bundle:
            problem = _problem(bundle)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, struct.error):  # as zipfile stumbles
        problem = "it is no readable zip file"
    except OSError as error:
        problem = error.strerror or str(error)
    if problem:
        raise PoseModelError(f"{path} is no usable pose model: {problem}. Give a pose_landmarker_*.task file.")


def _problem(bundle: zipfile.ZipFile) -> str:
    """What is wrong with a bundle; "" if nothing is."""
    for name in (DETECTOR, LANDMARKS):
        if name not in bundle.namelist():
            return f"it does not hold {name}"
        if bundle.getinfo(name).flag_bits & _ENCRYPTED:
            return f"{name} in it is encrypted, which MediaPipe cannot read"
        if bundle.getinfo(name).compress_type != zipfile.ZIP_STORED:
            return f"{name} in it is compressed, which MediaPipe cannot read"
        content = bundle.read(name)  # checks the CRC
        if content[4:8] != _TFLITE:
            return f"{name} in it is no TensorFlow Lite network"
    return ""


def task_bytes(*, detector: bytes, landmarks: bytes) -> bytes:
    """A .task file of two TensorFlow Lite networks. Same input, same bytes."""
    networks = {
        DETECTOR: with_normalisation(detector, mean=127.5, std=127.5),
        LANDMARKS: with_normalisation(landmarks, mean=0.0, std=255.0),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in networks.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3  # else it tells the machine that wrote it
            entry.external_attr = 0o644 << 16
            entry.extra = _padding(offset=file.tell() + 30 + len(name))  # 30: the fixed part of a zip entry's header
            bundle.writestr(entry, content)
    return file.getvalue()


def _padding(*, offset: int) -> bytes:
    """An extra field that moves what follows at `offset` to the next aligned place."""
    size = -(offset + 6) % _ALIGNMENT
    return struct.pack("<HHH", _ALIGNMENT_FIELD, 2 + size, _ALIGNMENT) + bytes(size)


def with_normalisation(network: bytes, *, mean: float, std: float) -> bytes:
    """The network with metadata that say how a picture becomes its input: (value - mean) / std, values 0..255.

    A network that has metadata already is returned as it is.
    """
    load_mediapipe()
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(network, 0))
    model.metadata = model.metadata or []
    if any(entry.name == METADATA.encode() for entry in model.metadata):
        return network
    buffer = schema.BufferT()
    buffer.data = _normalisation(mean=mean, std=std)
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = METADATA, len(model.buffers) - 1
    model.metadata.append(entry)
    return _packed(model, _TFLITE)


def _normalisation(*, mean: float, std: float) -> bytes:
    """Metadata with NormalizationOptions on the first input."""
    from mediapipe.tasks.metadata import metadata_schema_py_generated as schema

    options = schema.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    unit = schema.ProcessUnitT()
    unit.optionsType, unit.options = schema.ProcessUnitOptions.NormalizationOptions, options
    tensor = schema.TensorMetadataT()
    tensor.name, tensor.processUnits = "image", [unit]
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [tensor]
    metadata = schema.ModelMetadataT()
    metadata.subgraphMetadata = [graph]
    return _packed(metadata, _METADATA_FORMAT)


def _packed(table: Any, identifier: bytes) -> bytes:
    builder = flatbuffers.Builder(1024)
    builder.Finish(table.Pack(builder), identifier)
    return bytes(builder.Output())
