"""A real JupyterLab in a real Chromium, for tests.

`notebook.show([...cells])` gives a `NotebookPage`: one page and one kernel for all files, since opening them costs
twenty seconds of a core. `lab.open([...cells])` gives one of the test's own, which ends with it. One server serves
all tests of a session.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import nbformat
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

if TYPE_CHECKING:
    from lab_server import LabServer

Answer = TypeVar("Answer")

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "artifacts" / "screenshots"
PROBE = Path(__file__).with_name("probe.js")

CHROMIUM_FLAGS = [
    "--no-sandbox",  # a container's root has no other way
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    # Nothing outside is there: a page that asks for it logs an error, and the test fails.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

#: Labs end with their threads, and no name of one file is known to the next.
CLEAR = """
import ipywidgets
ipywidgets.Widget.close_all()
get_ipython().reset(new_session=False)
"""

# Console errors a test may allow by name, with the reason beside it.
ALLOWED_ERRORS = {
    # A restarted or ended kernel closes its websocket while the page still talks to it.
    "closed websocket": r"WebSocket connection to .* failed",
    # Voilà asks an outside host for an icon font, which it does not need.
    "voila font": r"(fonts?\.|cdnjs|font-awesome).*|net::ERR_NAME_NOT_RESOLVED",
}


def chromium_path() -> str:
    """Where Chromium is; a machine without it fails the browser tests instead of hiding them."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("The browser tests need Chromium, for example: apt-get install chromium")
    return path


@dataclass
class Lab:
    """Opens notebooks for one test and looks after what the test leaves behind."""

    browser: Browser
    server_for: Callable[[bool], LabServer]
    name: str
    pages: list[NotebookPage] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def allow(self, name: str) -> None:
        """Accept the console errors listed under `name` in ALLOWED_ERRORS."""
        self.allowed.append(ALLOWED_ERRORS[name])

    def open(
        self,
        notebook: Path | str | Sequence[str],
        *,
        theme: Literal["light", "dark"] = "light",
        width: int = 1280,
        height: int = 900,
        preload: bool = False,
        reduced_motion: bool = False,
    ) -> NotebookPage:
        """Open a notebook file (a copy of it) or code cells given as texts, and wait for its kernel."""
        server = self.server_for(preload)
        name = re.sub(r"\W+", "-", f"{self.name}-{len(self.pages)}") + ".ipynb"
        if isinstance(notebook, (str, Path)):
            shutil.copyfile(notebook, server.root / name)
        else:
            cells = [nbformat.v4.new_code_cell(source) for source in notebook]
            kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
            node = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
            nbformat.write(node, server.root / name)
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            reduced_motion="reduce" if reduced_motion else "no-preference",
        )
        context.add_init_script(path=PROBE)
        page = NotebookPage(context, server, name)
        self.pages.append(page)
        page.start(theme)
        return page

    def console_errors(self, known: int = 0) -> list[str]:
        """Errors of all pages that no named exception covers, without the first `known` ones."""
        errors = [error for page in self.pages for error in page.console_errors][known:]
        return [error for error in errors if not any(re.search(pattern, error) for pattern in self.allowed)]

    def close(self) -> None:
        """Close the pages, then end their kernels; other notebooks of the server go on."""
        for page in self.pages:
            page.context.close()
            page.server.end_sessions(page.path.name)
        self.pages.clear()


@dataclass
class OneNotebook:
    """One page and one kernel for all tests: each test puts its own cells into the notebook.

    Opening JupyterLab and a kernel with TensorFlow takes twenty seconds of a core; new cells take none.
    """

    lab: Lab
    page: NotebookPage | None = None

    def clear(self) -> None:
        """Let the kernel forget what another file did: its labs are closed, its names unknown."""
        if self.page is not None:
            self.page.execute(CLEAR)

    def drop(self) -> None:
        """Close page and kernel; the next test gets new ones."""
        self.lab.close()
        self.page = None

    def show(
        self,
        cells: Sequence[str],
        *,
        theme: Literal["light", "dark"] = "light",
        width: int = 1280,
        height: int = 900,
        reduced_motion: bool = False,
    ) -> NotebookPage:
        """The notebook with these cells and no others, none of them run; the kernel keeps what it knows."""
        if self.page is None:
            self.page = self.lab.open(cells, theme=theme)
        else:
            self.page.put(cells)
            self.page.set_theme(theme)
        self.page.page.emulate_media(reduced_motion="reduce" if reduced_motion else "no-preference")
        self.page.page.set_viewport_size({"width": width, "height": height})
        return self.page


class NotebookPage:
    """One notebook, open in one page. `page` is Playwright's own object for all that is not offered here."""

    def __init__(self, context: BrowserContext, server: LabServer, name: str) -> None:
        self.context = context
        self.server = server
        self.path = server.root / name
        self.console_errors: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60_000)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.console_errors.append(f"uncaught: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} ({message.location.get('url', '')})")

    def start(self, theme: str) -> None:
        """Load the page, set the theme, close the side bar, wait for the kernel."""
        self.page.goto(
            f"{self.server.url}/lab/tree/{self.path.relative_to(self.server.root).as_posix()}?reset"
        )
        self._ready()
        self.set_theme(theme)
        self.page.evaluate("() => jupyterapp.shell.collapseLeft()")

    def set_theme(self, theme: str) -> None:
        """Switch JupyterLab to "light" or "dark" while it runs."""
        name = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[theme]
        if self.page.locator(f"body[data-jp-theme-name='{name}']").count():
            return
        self.page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
        self.page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")

    def _ready(self, timeout: float = 180) -> None:
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=timeout * 1000)
        self.wait_idle(timeout)

    def wait_idle(self, timeout: float = 180) -> None:
        """Wait for the status bar to say Idle; the notebook's own indicator says so before a kernel exists."""
        bar = self.page.locator("#jp-main-statusbar")
        expect(bar).to_contain_text(re.compile(r"\| Idle"), timeout=timeout * 1000)

    def put(self, cells: Sequence[str]) -> None:
        """Replace all cells by these, code cells given as texts."""
        self.page.evaluate(
            """sources => {
                const shared = tkNotebook().content.model.sharedModel, old = shared.cells.length;
                const cells = sources.map((source) => ({ cell_type: "code", source, metadata: {}, outputs: [] }));
                shared.insertCells(0, cells);
                shared.deleteCellRange(sources.length, sources.length + old);
            }""",
            list(cells),
        )
        expect(self.page.locator(".jp-CodeCell")).to_have_count(len(cells))

    def run_all(self, timeout: float = 300) -> None:
        """Run all cells and wait until each has its number and the kernel rests.

        Raises:
            RuntimeError: A cell failed; what comes after it did not run.
        """
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
        self._wait_run("all", timeout)

    def run_cell(self, index: int, timeout: float = 180) -> None:
        """Run one cell (0 is the first, text cells count) and wait for its end."""
        self.page.evaluate(
            """index => { const notebook = tkNotebook().content; notebook.activeCellIndex = index;
            notebook.deselectAll(); jupyterapp.commands.execute('notebook:run-cell'); }""",
            index,
        )
        self._wait_run(index, timeout)

    def _wait_run(self, which: int | str, timeout: float) -> None:
        # Asked five times a second, not in every frame: a page with eighty cells would keep a core busy with it.
        self.page.wait_for_function(
            """which => tkNotebook().content.widgets.some((cell, index) => tkFailed(cell, index, which)) ||
                tkNotebook().content.widgets.every((cell, index) => {
                    if (cell.model.type !== "code" || (which !== "all" && which !== index)) return true;
                    if (!cell.model.sharedModel.getSource().trim()) return true;
                    // A folded cell has no prompt to read.
                    if (cell.inputHidden) return cell.model.executionCount !== null;
                    return /^\\[\\d+\\]:$/.test(cell.node.querySelector(".jp-InputPrompt").textContent.trim());
                })""",
            arg=which,
            timeout=timeout * 1000,
            polling=200,
        )
        indicator = self.page.locator(".jp-Notebook-ExecutionIndicator").first
        expect(indicator).to_have_attribute("data-status", "idle", timeout=timeout * 1000)
        failed = self.page.evaluate(
            """which => tkNotebook().content.widgets.flatMap((cell, index) => {
                const error = tkFailed(cell, index, which);
                return error ? [cell.model.sharedModel.getSource() + "\\n\\n" + error.traceback.join("\\n")] : [];
            })""",
            which,
        )
        if failed:
            raise RuntimeError(re.sub(r"\x1b\[[\d;]*m", "", "A cell failed:\n" + failed[0]))

    def save(self) -> None:
        """Save the notebook, and wait until it is on the disk; a reload shows only what was saved."""
        self.page.evaluate("async () => { await tkNotebook().context.save(); }")

    def reload(self) -> None:
        """Save, load the page anew, and wait; the kernel lives on."""
        self.save()
        self.page.reload()
        self._ready()

    def restart_kernel(self) -> None:
        """Restart the kernel without asking, and wait for it."""
        self.page.evaluate("() => tkNotebook().sessionContext.restartKernel()")
        self.wait_idle()

    def execute(self, code: str) -> str:
        """Run code in the notebook's kernel, outside of any cell.

        Returns:
            What it printed, or the repr of its last expression.

        Raises:
            RuntimeError: The code raised an error.
        """
        answer = self.page.evaluate(
            """async (code) => {
                const future = tkNotebook().sessionContext.session.kernel.requestExecute(
                    {code, store_history: false});
                let text = "", error = null;
                future.onIOPub = ({header, content}) => {
                    if (header.msg_type === "stream") text += content.text;
                    if (header.msg_type === "execute_result") text += content.data["text/plain"];
                    if (header.msg_type === "error") error = content.traceback.join("\\n");
                };
                await future.done;
                return {text, error};
            }""",
            code,
        )
        if answer["error"]:
            raise RuntimeError(re.sub(r"\x1b\[[\d;]*m", "", answer["error"]))
        return answer["text"].strip()

    def until(
        self, look: Callable[[], Answer], good: Callable[[Answer], bool], seconds: float = 60
    ) -> Answer:
        """Ask `look` again until its answer is `good`; that answer.

        Raises:
            AssertionError: It was not, for so many seconds.
        """
        end = time.monotonic() + seconds
        while not good(answer := look()):
            assert time.monotonic() < end, f"After {seconds} s still {answer!r:.500}"
            self.page.wait_for_timeout(100)
        return answer

    def changed(self, look: Callable[[], Answer], before: Answer) -> Answer:
        """Wait until `look` answers something else than before; its answer."""
        return self.until(look, lambda now: now != before)

    def eventually(self, expression: str, expected: str) -> None:
        """Wait until an expression prints this in the kernel.

        A message from the page may reach the kernel after code that was sent later.
        """
        self.until(lambda: self.execute(f"print({expression})"), lambda found: found == expected)

    def quiet(self, root: Locator) -> None:
        """Wait until nothing in `root` has changed for ten painted frames.

        Then all is drawn that a resize, a theme or a message that has arrived sets off.
        """
        root.evaluate(
            """root => new Promise((resolve, reject) => {
                let calm = 0, last = "";
                const end = performance.now() + 60000, changed = new MutationObserver(() => { calm = 0; });
                changed.observe(root, { subtree: true, attributes: true, childList: true, characterData: true });
                const look = () => {
                    const { width, height } = root.getBoundingClientRect(), size = `${width} ${height}`;
                    calm = size === last ? calm + 1 : 0;
                    last = size;
                    if (calm < 10 && performance.now() < end) return requestAnimationFrame(look);
                    changed.disconnect();
                    calm < 10 ? reject(new Error("It changes for a minute already.")) : resolve();
                };
                requestAnimationFrame(look);
            })"""
        )

    def at_rest(self, root: Locator, lab: str = "lab") -> None:
        """Wait until a lab (its name in the kernel) has nothing left to do, and its last picture is painted."""
        self.execute(f"{lab}.wait(300); None")
        self.quiet(root)

    def expect_threads(self, name: str, count: int) -> None:
        """Wait until so many threads of the kernel have this name; a closed lab's may end a little later."""
        self.eventually(f"sum(t.name == {name!r} for t in __import__('threading').enumerate())", str(count))

    def cell_count(self) -> int:
        """How many cells the notebook has, painted yet or not."""
        return self.page.evaluate("() => tkNotebook().content.model.cells.length")

    def assert_letters_stay(self, letters: str = "b") -> None:
        """Press letters where the focus is: none may reach JupyterLab, where "b" inserts a cell."""
        before = self.cell_count()
        for letter in letters:
            self.page.keyboard.press(letter)
        assert self.cell_count() == before, f"one of the letters {letters!r} reached JupyterLab"

    def press_slider(self, slider: Locator, key: str = "ArrowRight", times: int = 1) -> None:
        """Move an ipywidgets slider with the keyboard; `slider` is the widget or anything around it."""
        handle = slider.locator(".noUi-handle").first
        handle.scroll_into_view_if_needed()
        handle.focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def press_button(self, root: Locator, name: str) -> None:
        """Press a button inside `root` as someone without a mouse would."""
        root.get_by_role("button", name=name, exact=True).focus()
        self.page.keyboard.press("Space")

    def assert_nothing_sticks_out(self, root: Locator, *parts: str) -> None:
        """Fail if a lab, its controls or charts, or other `parts` of it (selectors) are wider than their place."""
        self.quiet(root)
        wide = root.evaluate(
            """(lab, parts) => [lab, ...lab.querySelectorAll(parts)]
                .filter((node) => node.getClientRects().length && node.scrollWidth > node.clientWidth + 1)
                .map((node) => `${node.className}: ${node.scrollWidth} in ${node.clientWidth}`)""",
            ", ".join([".tk-control", ".tk-chart", *parts]),
        )
        assert not wide, f"Wider than their place: {wide}"

    def error_outputs(self) -> list[str]:
        """Tracebacks and broken widgets in the cells' outputs."""
        return self.page.evaluate(
            """() => tkNotebook().content.widgets.filter((cell) => cell.model.type === "code").flatMap((cell) => {
                const found = cell.model.outputs.toJSON().filter((output) => output.output_type === "error");
                const broken = [...cell.node.querySelectorAll(".jp-OutputArea-output")]
                    .map((node) => node.innerText).filter((text) => text.includes("Error displaying widget"));
                return [...found.map((output) => `${output.ename}: ${output.evalue}`), ...broken];
            })"""
        )

    def latencies(
        self,
        root: Locator,
        press: Callable[[], None],
        *,
        moves: int = 30,
        pause: float = 0.15,
        value: str = "",
    ) -> list[float]:
        """Milliseconds from key press to the painted change.

        Args:
            root: The element whose change counts.
            press: Presses one key.
            moves: How many key presses.
            pause: Seconds between two presses, at least.
            value: JavaScript for a function of the root; a change counts when its result differs from that at the
                key press. Without it any change counts, which a chart that moves by itself makes meaningless.

        Returns:
            One number for each press; an unanswered press (a minute) raises Playwright's TimeoutError.
        """
        root.evaluate(f"root => tkProbe.watch(root, {value or 'null'})")
        for move in range(1, moves + 1):
            press()
            self.page.wait_for_function(
                "count => tkProbe.latencies.length >= count", arg=move, timeout=60_000
            )
            self.page.wait_for_timeout(pause * 1000)
        return self.page.evaluate("() => { tkProbe.rest(); return tkProbe.latencies; }")

    def painted_per_second(self, root: Locator, seconds: float = 2.0) -> float:
        """How many painted frames per second changed something inside `root`."""
        root.evaluate("root => tkProbe.watch(root, null)")
        self.page.wait_for_timeout(seconds * 1000)
        return self.page.evaluate("() => { tkProbe.rest(); return tkProbe.frames.length; }") / seconds

    def painted_while(self, root: Locator, work: Callable[[], object]) -> int:
        """How many painted frames changed something inside `root` while `work` was done."""
        root.evaluate("root => tkProbe.watch(root, null)")
        work()
        return self.page.evaluate("() => { tkProbe.rest(); return tkProbe.frames.length; }")

    def screenshot(self, name: str, target: Locator | None = None) -> Path:
        """Keep a picture of the page, or of one element, in artifacts/screenshots."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        (target or self.page).screenshot(path=path)
        return path
