"""Driving a real Chromium over its debugging pipe: what a page loads, asks, throws and shows.

Needs the `chromium` command (Debian: `apt-get install chromium`); tests are skipped where there is none.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"),
    *("--disable-background-networking", "--disable-sync", "--disable-extensions", "--no-default-browser-check"),
    *("--disable-dev-shm-usage", "--remote-debugging-pipe", "--hide-scrollbars"),
)
_KEYS = {"Tab": 9, "Enter": 13}
_PATIENCE_S = 60


class Browser:
    """A browser without a window, with a profile of its own."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        read_orders, self._orders = os.pipe()
        self._reports, write_reports = os.pipe()
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (read_orders, write_reports)]
        command = [CHROMIUM, *_SWITCHES, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", f'exec "$@" 3<&{ends[0]} 4>&{ends[1]}', "-", *command],
            pass_fds=ends,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(profile)},
        )
        for fd in (read_orders, write_reports, *ends):
            os.close(fd)
        self._number, self._held = 0, b""
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        self.order("Browser.close")
        os.close(self._orders)
        self._process.wait(_PATIENCE_S)
        os.close(self._reports)

    def order(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send a command, return its result; what happens meanwhile is kept in `events`."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._orders, json.dumps(message).encode() + b"\0")
        while True:
            report = self.read(_PATIENCE_S)
            assert report is not None, f"no reply to {method}"
            if report.get("id") == number:
                assert "error" not in report, report["error"]
                result: dict[str, Any] = report["result"]
                return result

    def read(self, patience_s: float) -> dict[str, Any] | None:
        """Read one report; a dialog is noted and dismissed."""
        end = time.monotonic() + patience_s
        while b"\0" not in self._held:
            if not select.select([self._reports], [], [], max(0, end - time.monotonic()))[0]:
                return None
            chunk = os.read(self._reports, 1 << 20)
            assert chunk, "the browser has gone"
            self._held += chunk
        line, _, self._held = self._held.partition(b"\0")
        report: dict[str, Any] = json.loads(line)
        if "method" in report:
            self.events.append(report)
        if report.get("method") == "Page.javascriptDialogOpening":
            order = {"id": -1, "method": "Page.handleJavaScriptDialog", "params": {"accept": False}}
            os.write(self._orders, json.dumps(order | {"sessionId": report["sessionId"]}).encode() + b"\0")
        return report


class Page:
    """One tab."""

    def __init__(
        self, browser: Browser, *, has_scripts: bool = True, width_px: int = 1280, scheme: str = "light"
    ) -> None:
        self._browser = browser
        self._target = browser.order("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.order("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session: str = attached["sessionId"]
        for room in ("Page", "Network", "Runtime", "Log"):
            self._order(f"{room}.enable")
        self._order("Emulation.setScriptExecutionDisabled", value=not has_scripts)
        self._order("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        metrics = {"width": width_px, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._order("Emulation.setDeviceMetricsOverride", **metrics)

    def open(self, path: Path, fragment: str = "") -> Page:
        """Load a file, and wait until it is loaded."""
        before = len(self._browser.events)
        self._order("Page.navigate", url=path.as_uri() + fragment)
        while not self._of("Page.loadEventFired", since=before):
            assert self._browser.read(_PATIENCE_S) is not None, "not loaded"
        return self

    def run(self, script: str) -> Any:
        """Evaluate an expression in the page."""
        result = self._order("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key where the focus is."""
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        code = {"windowsVirtualKeyCode": _KEYS[key]} if key in _KEYS else {}
        for kind in ("keyDown", "keyUp"):
            self._order("Input.dispatchKeyEvent", type=kind, key=key, **code, **(text if kind == "keyDown" else {}))

    def pdf(self) -> bytes:
        """Print the page."""
        return base64.b64decode(self._order("Page.printToPDF")["data"])

    def on_paper(self) -> None:
        """Style the page as it is printed from here on."""
        self._order("Emulation.setEmulatedMedia", media="print")

    def settle(self) -> None:
        """Let two frames pass, so that whatever was going to load or fire has begun."""
        self.run("new Promise((done) => setTimeout(() => requestAnimationFrame(done), 100))")

    def close(self) -> None:
        self._browser.order("Target.closeTarget", targetId=self._target)

    @property
    def dialogs(self) -> list[str]:
        return [event["message"] for event in self._of("Page.javascriptDialogOpening")]

    @property
    def requests(self) -> list[str]:
        """What was loaded besides the page itself and what it holds."""
        urls = [event["request"]["url"] for event in self._of("Network.requestWillBeSent")]
        return [url for url in urls if not url.startswith(("data:", "file:", "about:"))]

    @property
    def files(self) -> list[str]:
        urls = [event["request"]["url"] for event in self._of("Network.requestWillBeSent")]
        return [url for url in urls if url.startswith("file:")]

    @property
    def errors(self) -> list[str]:
        thrown = [str(event["exceptionDetails"]) for event in self._of("Runtime.exceptionThrown")]
        return thrown + [event["entry"]["text"] for event in self._of("Log.entryAdded")]

    def _order(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.order(method, self._session, **params)

    def _of(self, method: str, since: int = 0) -> list[dict[str, Any]]:
        events = self._browser.events[since:]
        return [e["params"] for e in events if e["method"] == method and e.get("sessionId") == self._session]
