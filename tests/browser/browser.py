"""A headless Chromium, driven by the WebDriver protocol with what Python brings along."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-dev-shm-usage", "--window-size=1280,1600"]


def available():
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


class Browser:
    """One page at a time. Use it in a `with`."""

    def __init__(self, *flags):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base = f"http://127.0.0.1:{self._port()}"
        options = {"binary": shutil.which("chromium"), "args": [*FLAGS, *flags, f"--user-data-dir={self.profile.name}"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.base += "/session/" + self._ask("/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._ask("", method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.profile.cleanup()

    def _port(self):
        """Chromedriver says which port it took."""
        for line in self.driver.stdout:
            if "successfully on port" in line:
                return int(line.rsplit("on port", 1)[1].strip(" .\n"))
        raise OSError("chromedriver does not start")

    def _ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from error

    def open(self, page, fragment=""):
        """Seconds until everything was drawn."""
        start = time.monotonic()
        self._ask("/url", {"url": pathlib.Path(page).resolve().as_uri() + fragment})
        self.run("return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.monotonic() - start

    def run(self, script, *arguments):
        return self._ask("/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def click(self, selector):
        """As a person does: where the element is, on whatever lies there."""
        element = self._ask("/element", {"using": "css selector", "value": selector})
        self._ask(f"/element/{next(iter(element.values()))}/click", {})

    def drag(self, x, y, to_x, to_y):
        """From and to pixels of the window."""
        move = lambda at_x, at_y: {"type": "pointerMove", "x": round(at_x), "y": round(at_y), "duration": 50}
        steps = [move(x, y), {"type": "pointerDown", "button": 0}, move((x + to_x) / 2, (y + to_y) / 2), move(to_x, to_y), {"type": "pointerUp", "button": 0}]
        self._ask("/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": steps}]})

    def complaints(self):
        """What the page's console says is wrong."""
        return [entry["message"] for entry in self._ask("/se/log", {"type": "browser"}) if entry["level"] == "SEVERE"]

    def screenshot(self, path):
        import base64
        pathlib.Path(path).write_bytes(base64.b64decode(self._ask("/screenshot")))
