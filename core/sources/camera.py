"""Camera: frames of a webcam through OpenCV, found again after it was unplugged."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from core.errors import SourceError, SourceLostError
from core.opencv import cv2
from core.sources.camera_devices import CameraDevice, find_camera, list_cameras
from core.sources.source import Clock, Frame, Picture, SourceInfo

MIN_STEP_S = 0.001  # MediaPipe counts in whole milliseconds
RETRY_S = 0.5
FIRST_TRIES = 5  # some cameras give nothing for the first reads after they were opened
MOST_STALE = 4  # no driver is known to keep more frames than this when asked for one
FRESH_WAIT_S = 0.003  # a grab that took longer waited for a new frame; a kept one comes at once


class Capture(Protocol):
    """The part of cv2.VideoCapture that is used here, so that tests can give their own."""

    def isOpened(self) -> bool:
        """Whether the device was opened."""
        ...

    def set(self, prop: int, value: float, /) -> bool:
        """Ask for a property."""
        ...

    def get(self, prop: int, /) -> float:
        """Read back a property."""
        ...

    def grab(self) -> bool:
        """Wait for the next frame and keep it."""
        ...

    def retrieve(self) -> tuple[bool, Any]:
        """Decode the frame that was grabbed."""
        ...

    def release(self) -> None:
        """Close the device."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraMode:
    """What to ask a camera for; what it grants is in SourceInfo."""

    width_px: int = 640
    height_px: int = 480
    rate_hz: float = 30.0


def open_capture(device: CameraDevice) -> Capture:
    """Open a device with OpenCV."""
    return cv2.VideoCapture(device.index, device.backend)


class Camera:
    """A FrameSource over a camera. `open` and `read` belong to one thread, `close` to any.

    `read` is meant to be called without a pause, into a Latest; after a pause it skips what the driver kept
    meanwhile, so that a frame is never old. When the camera is gone, `read` raises SourceLostError; each further
    `read` looks for it by its stable id, waiting a little between two tries, and goes on where it stopped.
    """

    def __init__(
        self,
        wanted: str = "",
        *,
        mode: CameraMode | None = None,
        clock: Clock = time.monotonic,
        wait: Callable[[float], object] | None = None,
        list_devices: Callable[[], Sequence[CameraDevice]] = list_cameras,
        make_capture: Callable[[CameraDevice], Capture] = open_capture,
    ) -> None:
        """`wanted`: see `find_camera`. `wait` sleeps for some seconds or until `close`."""
        self._wanted = wanted
        self._mode = mode or CameraMode()
        self._clock = clock
        self._closing = threading.Event()
        self._wait = wait or self._closing.wait
        self._list_devices = list_devices
        self._make_capture = make_capture
        self._in_use = threading.Lock()  # a capture must not be released while it reads
        self._capture: Capture | None = None
        self._device: CameraDevice | None = None
        self._is_retrying = False
        self._last_s = -math.inf
        self._read_at_s = math.inf
        self._number = 0
        self._stream = 0

    def open(self) -> SourceInfo:
        """Open it and read back the mode that was granted.

        Raises SourceError when there is no such camera, it gives no picture, or `close` came first; nothing is left
        open then.
        """
        try:
            with self._in_use:
                device = find_camera(self._wanted, self._list_devices())
                connected = self._connected(device)
                if connected is None:
                    raise SourceError(f"The camera '{device.name}' was closed before it was open.")
                self._capture, picture_bgr = connected
                self._device = device
                return granted_mode(self._capture, device=device, picture_bgr=picture_bgr)
        finally:
            self._release_if_closing()

    def read(self) -> Frame | None:
        """Wait for a new frame; None after `close`. Raises SourceLostError while the camera is gone."""
        try:
            with self._in_use:
                return None if self._closing.is_set() else self._read()
        finally:
            self._release_if_closing()

    def close(self) -> None:
        """Release the camera, or have the `open` or `read` under way in another thread do it. Safe to call twice."""
        self._closing.set()
        self._release_if_free()

    def _read(self) -> Frame | None:
        capture = self._capture or self._reconnected()
        picture_bgr, time_s = self._newest_picture(capture) if capture else (None, 0.0)
        if self._closing.is_set():
            return None
        if picture_bgr is None:
            self._release()
            self._is_retrying = False
            raise SourceLostError(self._lost_message())
        self._last_s = max(time_s, self._last_s + MIN_STEP_S)
        frame = Frame(
            picture_bgr=picture_bgr, time_s=self._last_s, arrived_s=time_s, number=self._number, stream=self._stream
        )
        self._number += 1
        return frame

    def _newest_picture(self, capture: Capture) -> tuple[Picture | None, float]:
        """The next new picture, or None when there comes none, and the time at which it was there."""
        is_behind = self._clock() - self._read_at_s > 2.0 / self._mode.rate_hz
        grabbed = False
        for _ in range(1 + MOST_STALE if is_behind else 1):
            began_s = self._clock()
            grabbed = capture.grab()
            if not grabbed or self._clock() - began_s > FRESH_WAIT_S:
                break
        self._read_at_s = self._clock()
        ok, picture = capture.retrieve() if grabbed else (False, None)
        return (as_bgr(picture) if ok and picture is not None else None), self._read_at_s

    def _connected(self, device: CameraDevice) -> tuple[Capture, Picture] | None:
        """Open the device in the wanted mode and wait for its first picture; None when closed meanwhile.

        Raises SourceError where there comes none. A dead device may take a second for each try.
        """
        if self._closing.is_set():
            return None
        capture = self._make_capture(device)
        picture_bgr = self._first_picture(capture) if capture.isOpened() else None
        if picture_bgr is not None:
            return capture, picture_bgr
        capture.release()
        if self._closing.is_set():
            return None
        raise SourceError(
            f"The camera '{device.name}' gives no picture: close other programs that use it, "
            "or unplug it and plug it in again."
        )

    def _first_picture(self, capture: Capture) -> Picture | None:
        negotiate(capture, self._mode)
        for _ in range(FIRST_TRIES):
            if self._closing.is_set():
                break
            picture_bgr, _ = self._newest_picture(capture)
            if picture_bgr is not None:
                return picture_bgr
        return None

    def _reconnected(self) -> Capture | None:
        """Look for the lost camera once; None when closed meanwhile, SourceLostError while it is not back."""
        if self._device is None:
            raise SourceError("The camera must be opened before it is read.")
        if self._is_retrying:
            self._wait(RETRY_S)
        self._is_retrying = True
        device = next((found for found in self._list_devices() if found.stable_id == self._device.stable_id), None)
        if self._closing.is_set():
            return None
        if device is None:
            raise SourceLostError(self._lost_message())
        try:
            connected = self._connected(device)
        except SourceError as error:
            raise SourceLostError(self._lost_message()) from error
        if connected is None:
            return None
        self._capture, _ = connected
        self._device = device
        self._stream += 1
        return self._capture

    def _lost_message(self) -> str:
        name = self._device.name if self._device else "camera"
        return f"The camera '{name}' gives no more pictures: unplugged? Plug it in again and it goes on by itself."

    def _release(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _release_if_closing(self) -> None:
        """At the end of what may have kept `close` from releasing."""
        if self._closing.is_set():
            self._release_if_free()

    def _release_if_free(self) -> None:
        """Release now unless an `open` or `read` is under way, which does it at its end: nobody waits for a device."""
        if self._in_use.acquire(blocking=False):
            try:
                self._release()
            finally:
                self._in_use.release()


def negotiate(capture: Capture, mode: CameraMode) -> None:
    """Ask for a mode. The order matters: a size may only be there in MJPG, and a rate only at that size."""
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.width_px)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.height_px)
    capture.set(cv2.CAP_PROP_FPS, mode.rate_hz)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)


def granted_mode(capture: Capture, *, device: CameraDevice, picture_bgr: Picture) -> SourceInfo:
    """What the camera really does; the size is that of a picture, since some drivers report another."""
    rate_hz = capture.get(cv2.CAP_PROP_FPS)
    height_px, width_px = picture_bgr.shape[:2]
    return SourceInfo(
        label=device.name,
        width_px=width_px,
        height_px=height_px,
        rate_hz=rate_hz if math.isfinite(rate_hz) and rate_hz > 0 else 0.0,
        frame_count=None,
        is_live=True,
        is_camera=True,
        detail=fourcc_text(capture.get(cv2.CAP_PROP_FOURCC)),
    )


def fourcc_text(code: float) -> str:
    """The four letters of a pixel format, "" where the driver does not say."""
    if not math.isfinite(code) or code <= 0:
        return ""
    letters = int(code).to_bytes(8, "little")[:4].decode("ascii", errors="replace").strip("\0 ")
    return letters if letters.isprintable() else ""


def as_bgr(picture: Picture) -> Picture:
    """Three channels whatever the camera gives (infrared ones give one, some drivers four)."""
    if picture.ndim == 2:
        picture = picture[:, :, np.newaxis]
    if picture.shape[2] == 1:
        return np.repeat(picture, 3, axis=2)
    return np.ascontiguousarray(picture[:, :, :3])
