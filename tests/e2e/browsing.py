"""A page in a real browser, driven by the DevTools protocol over pipes; no port, no library."""

import base64
import contextlib
import itertools
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# The protocol wants its pipes as file descriptors 3 and 4.
_LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


class Page:
    """One page. `problems` are errors and warnings of its console, `requests` the URLs that it asked for."""

    def __init__(self, commands: IO[bytes], answers: IO[bytes]) -> None:
        self._commands = commands
        self._answers = answers
        self._ids = itertools.count(1)
        self._session = ""
        self._loaded = False
        self.problems: list[str] = []
        self.requests: list[str] = []
        target = self.say("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.say("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.say(f"{domain}.enable")

    def open(self, url: str, *, width: int = 1200, height: int = 2400, scheme: str = "light") -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.say("Emulation.setEmulatedMedia", features=features)
        self.say("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._loaded = False
        self.requests.clear()
        self.say("Page.navigate", url=url)
        while not self._loaded:
            self._hear(self._next())

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page says
        done = self.say("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def picture(self) -> "Picture":
        return Picture(base64.b64decode(self.say("Page.captureScreenshot", format="png")["data"]))

    def say(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its result."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        while (answer := self._next()).get("id") != number:
            self._hear(answer)
        assert "error" not in answer, answer["error"]
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        data = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "the browser is gone"
            data += byte
        message: dict[str, Any] = json.loads(data)
        return message

    def _hear(self, event: dict[str, Any]) -> None:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in {"error", "warning", "assert"}:
            self.problems.append(json.dumps(parameters["args"]))
        elif method == "Log.entryAdded":
            self.problems.append(parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.problems.append(f"a dialog opened: {parameters['message']}")


@contextlib.contextmanager
def browser(program: str, profile: Path) -> Iterator[Page]:
    """Yield a page of a new browser with an empty profile."""
    read, commands = os.pipe()
    answers, write = os.pipe()
    argv = (sys.executable, "-c", _LAUNCH, str(read), str(write), program, *FLAGS, f"--user-data-dir={profile}")
    child = subprocess.Popen(argv, pass_fds=(read, write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(read)
    os.close(write)
    with os.fdopen(commands, "wb") as out, os.fdopen(answers, "rb") as into:
        try:
            yield Page(out, into)
        finally:
            child.terminate()
            child.wait(30)


class Picture:
    """A PNG of 8 bits a channel, without interlace (what a browser's screenshot is)."""

    def __init__(self, png: bytes) -> None:
        self.png = png
        self.width, self.height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
        assert (png[24], png[28]) == (8, 0), "another kind of PNG"
        self._size = {2: 3, 6: 4}[png[25]]
        self._rows = list(self._unfiltered(zlib.decompress(b"".join(self._data(png)))))

    def colour(self, x: float, y: float) -> tuple[int, ...]:
        """Return red, green and blue at a point."""
        start = int(x) * self._size
        return tuple(self._rows[int(y)][start : start + 3])

    def colours(self) -> int:
        """Return how many colours there are on every 4th point of every 4th row."""
        return len({self.colour(x, y) for y in range(0, self.height, 4) for x in range(0, self.width, 4)})

    @staticmethod
    def _data(png: bytes) -> Iterator[bytes]:
        at = 8
        while at < len(png):
            size = int.from_bytes(png[at : at + 4])
            if png[at + 4 : at + 8] == b"IDAT":
                yield png[at + 8 : at + 8 + size]
            at += size + 12

    def _unfiltered(self, data: bytes) -> Iterator[bytearray]:
        """Undo the filters of PNG (third edition, section 9.2)."""
        length, size = self.width * self._size, self._size
        above = bytearray(length)
        for start in range(0, len(data), length + 1):
            kind, row = data[start], bytearray(data[start + 1 : start + 1 + length])
            if kind:
                for at in range(length):
                    left = row[at - size] if at >= size else 0
                    corner = above[at - size] if at >= size else 0
                    row[at] = (row[at] + _predicted(kind, left, above[at], corner)) & 0xFF
            yield row
            above = row


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:  # Paeth
        estimate = left + up - corner
        return min((left, up, corner), key=lambda each: abs(estimate - each))
    return (0, left, up, (left + up) // 2)[kind]
