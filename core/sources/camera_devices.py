"""Which cameras there are, and which of them is meant: by stable id, by name or by index."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from core.errors import SourceError
from core.opencv import cv2

NO_CAMERA = (
    "No camera was found. Plug one in, or go on without one: "
    "`jointlight demo`, `--source performer` and video files need none."
)
BACKENDS = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}
# udev's links to /dev/video*; those by id hold maker, product and serial number, those by path the USB port.
LINK_FOLDERS = (Path("/dev/v4l/by-id"), Path("/dev/v4l/by-path"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraDevice:
    """A camera as the system lists it. Only `stable_id` survives replugging and reboots; `index` may change."""

    name: str  # for people: "HD Pro Webcam C920"
    stable_id: str
    backend: int  # cv2.CAP_*
    index: int  # what OpenCV opens, within the backend


class CameraListing(Protocol):
    """The part that is read of a `cv2_enumerate_cameras` entry."""

    index: int
    name: str
    path: str | None
    vid: int | None
    pid: int | None
    backend: int


def list_cameras() -> list[CameraDevice]:
    """The cameras that are plugged in now, by index; empty where there is none. Opens none of them."""
    # Here, since it imports cv2 by itself (which must happen in core.opencv first), and much of macOS on a Mac.
    from cv2_enumerate_cameras import enumerate_cameras

    backend = BACKENDS.get(sys.platform)
    if backend is None:
        return []  # elsewhere the package would open a hundred indices to find out
    links = device_links(LINK_FOLDERS) if sys.platform == "linux" else {}
    return devices_from(enumerate_cameras(backend), links=links)


def devices_from(listing: Iterable[CameraListing], *, links: Mapping[str, str]) -> list[CameraDevice]:
    """Turn a system's listing into devices with unique stable ids. `links`: stable name by device path."""
    devices = sorted((_device(entry, links) for entry in listing), key=lambda device: device.index)
    seen: Counter[str] = Counter()
    unique = []
    for device in devices:
        seen[device.stable_id] += 1
        count = seen[device.stable_id]
        unique.append(device if count == 1 else replace(device, stable_id=f"{device.stable_id}#{count}"))
    return unique


def device_links(folders: Sequence[Path]) -> dict[str, str]:
    """Stable name by device path from folders of links, the first folder preferred; empty where there are none."""
    links: dict[str, str] = {}
    for folder in folders:
        for link in sorted(folder.iterdir()) if folder.is_dir() else ():
            links.setdefault(str(link.resolve()), link.name)
    return links


def find_camera(wanted: str = "", devices: Sequence[CameraDevice] | None = None) -> CameraDevice:
    """The camera meant by a stable id, a name (any case, a unique beginning is enough) or an index; "" is the first.

    Raises SourceError that lists the cameras there are, or says what works without one.
    """
    devices = list_cameras() if devices is None else devices
    if not devices:
        raise SourceError(NO_CAMERA)
    found = _matches(wanted.strip(), devices)
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"'{device.name}' ({device.index})" for device in found or devices)
    if found:
        raise SourceError(f"Several cameras answer to '{wanted}': {listed}. Give more of the name, or the number.")
    raise SourceError(f"There is no camera '{wanted}'. There is: {listed}.")


def _device(entry: CameraListing, links: Mapping[str, str]) -> CameraDevice:
    name = entry.name.strip() or f"Camera {entry.index}"
    return CameraDevice(name=name, stable_id=_stable_id(entry, name, links), backend=entry.backend, index=entry.index)


def _stable_id(entry: CameraListing, name: str, links: Mapping[str, str]) -> str:
    path = entry.path or ""
    if path in links:
        return links[path]
    if path and not path.startswith("/dev/video"):  # numbered in the order of plugging, hence not stable
        return path
    if entry.vid is not None and entry.pid is not None:
        return f"{entry.vid:04x}:{entry.pid:04x}"
    return name


def _matches(wanted: str, devices: Sequence[CameraDevice]) -> list[CameraDevice]:
    """The devices of the first way to match that matches any."""
    folded = wanted.casefold()
    if not folded:
        return [devices[0]]
    ways = (
        [device for device in devices if device.stable_id.casefold() == folded],
        [device for device in devices if str(device.index) == folded],
        [device for device in devices if device.name.casefold() == folded],
        [device for device in devices if device.name.casefold().startswith(folded)],
    )
    return next((found for found in ways if found), [])
