"""A real browser without a screen, driven over the pipe of its own debugging protocol (Chrome DevTools Protocol)."""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
LONGEST_S = 60.0
_FIRST_FREE = 10  # the browser reads from descriptor 3 and writes to 4; ours must not be those
_AS_3_AND_4 = "import os, sys; r, w, *a = sys.argv[1:]; os.dup2(int(r), 3); os.dup2(int(w), 4); os.execvp(a[0], a)"
_OPTIONS = (
    "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--force-color-profile=srgb", "--mute-audio", "--lang=en",
)  # fmt: skip


def find_browser() -> str | None:
    """The program, where there is one and pipes have numbers."""
    return None if sys.platform == "win32" else next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One page of a browser. Everything that it asks for, says and complains about is kept."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._number = 0
        self._rest = b""
        self._events: deque[dict[str, Any]] = deque()
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._ask(f"{domain}.enable")

    def open(self, path: Path, *, width: int, height: int, is_dark: bool = False, touch: bool = False) -> None:
        """Load a file and wait until it has been drawn."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])
        self._events.clear()
        self._ask("Page.navigate", url=path.absolute().as_uri())
        self._wait_for("Page.loadEventFired")
        self.drawn()

    def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        said = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise AssertionError(f"{script}: {said['exceptionDetails']}")
        return said["result"].get("value")

    def drawn(self) -> None:
        """Wait until two pictures have been drawn."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def until(self, condition: str) -> None:
        """Wait for a condition, looked at with each picture. Raises AssertionError when it does not come."""
        script = (
            "new Promise((done) => { const end = performance.now() + 20000; "
            f"const look = () => (({condition}) ? done(true) : "
            "performance.now() > end ? done(false) : requestAnimationFrame(look)); look(); })"
        )
        assert self.run(script), f"it did not come about: {condition}"

    def press(self, key: str, *, code: str = "", text: str = "", shift: bool = False, alt: bool = False) -> None:
        """A key down and up, and what is drawn then."""
        more = {"key": key, "code": code or key, "modifiers": 8 * shift + alt}
        self._ask("Input.dispatchKeyEvent", type="keyDown", text=text, **more)
        self._ask("Input.dispatchKeyEvent", type="keyUp", **more)
        self.drawn()

    def mouse(self, kind: str, x: float, y: float, *, pressed: bool = False, wheel: float = 0.0) -> None:
        """mouseMoved, mousePressed, mouseReleased or mouseWheel at a place of the page."""
        button = {"button": "left", "buttons": 1, "clickCount": 1} if pressed or kind == "mouseReleased" else {}
        deltas = {"deltaX": 0, "deltaY": wheel} if kind == "mouseWheel" else {}
        self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button, **deltas)
        self.drawn()

    def click(self, x: float, y: float) -> None:
        """Press and let go."""
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, pressed=True)
        self.mouse("mouseReleased", x, y)

    def box(self, selector: str) -> dict[str, float]:
        """Where an element lies in the window: x, y, width, height."""
        found: dict[str, float] = self.run(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect(); "
            "return {x: b.x, y: b.y, width: b.width, height: b.height}; })()"
        )
        return found

    def text(self, selector: str) -> str:
        """The text of an element."""
        found: str = self.run(f"document.querySelector({json.dumps(selector)}).textContent")
        return found

    def picture(self, path: Path) -> Path:
        """What the window shows, as a PNG file."""
        path.write_bytes(base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"]))
        return path

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _wait_for(self, event: str) -> None:
        while not any(one.get("method") == event for one in self._events):
            self._note(self._read())

    def _note(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        method, params = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(params["entry"]["text"])

    def _read(self) -> dict[str, Any]:
        """The next message. Raises AssertionError where none comes."""
        end_s = time.monotonic() + LONGEST_S
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(0.0, end_s - time.monotonic()))
            piece = os.read(self._from, 1 << 16) if ready else b""
            assert piece, "the browser says nothing any more"
            self._rest += piece
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self._ask("Browser.close")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def browser_page(program: str, profile: Path) -> Iterator[Page]:
    """A browser with one page; its profile lies in a folder of its own, which the caller deletes."""
    for_browser, to_browser = _pipe()
    from_browser, of_browser = _pipe()
    command = [sys.executable, "-c", _AS_3_AND_4, str(for_browser), str(of_browser), program, *_OPTIONS]
    with subprocess.Popen(
        [*command, f"--user-data-dir={profile}"],
        pass_fds=(for_browser, of_browser),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(for_browser)
        os.close(of_browser)
        try:
            with Page(to_browser, from_browser) as page:
                yield page
            process.wait(timeout=LONGEST_S)
        finally:
            process.kill()
            os.close(to_browser)
            os.close(from_browser)


def _pipe() -> tuple[int, int]:
    """A pipe whose ends have numbers that the browser does not use."""
    import fcntl  # Windows has none

    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
