"""Fetches the official pose model from its vendor."""

import urllib.error
import urllib.request

from core.errors import PoseModelError
from core.pose.progress import OnProgress, Progress
from core.pose.task_file import MAX_BYTES

ADDRESS = (
    "https://storage.googleapis.com/mediapipe-models/pose_landmarker/"
    "pose_landmarker_{variant}/float16/latest/pose_landmarker_{variant}.task"
)
TIMEOUT_S = 3.0  # to connect, and for each piece; a machine that may not go there shall not wait long
_PIECE_BYTES = 1 << 18


def vendor_address(variant: str) -> str:
    """Where the vendor keeps the bundle."""
    return ADDRESS.format(variant=variant)


def download(address: str, *, on_progress: OnProgress) -> bytes:
    """Content behind the address. Raises PoseModelError with the reason."""
    stage = "downloading the pose model"
    on_progress(Progress(stage=stage, done_bytes=0, total_bytes=None))
    content = bytearray()
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer:
            length = answer.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else None
            while piece := answer.read(_PIECE_BYTES):
                content += piece
                if len(content) > MAX_BYTES:
                    raise PoseModelError("the answer is far larger than a pose model")
                on_progress(Progress(stage=stage, done_bytes=len(content), total_bytes=total))
    except urllib.error.HTTPError as error:
        error.close()
        raise PoseModelError(f"the server answered {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise PoseModelError(_plain(error.reason)) from error
    except (OSError, ValueError, EOFError) as error:  # time-outs while reading, broken chunks
        raise PoseModelError(_plain(error)) from error
    if total is not None and len(content) < total:
        raise PoseModelError(f"the connection broke off after {len(content):,} of {total:,} bytes")
    return bytes(content)


def _plain(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return f"no answer within {TIMEOUT_S:.0f} s"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(reason).__name__
