#!/usr/bin/env python3
"""Read event files in the real TensorBoard: the graphs over its HTTP interface, and drawn, in a headless browser.

    tensorboard_test.py --varscope COMMAND --gpt2 PROGRAM --examples FOLDER [--pictures FOLDER]

Needs the packages tensorboard and selenium, and the programs chromium and chromedriver (`script/bootstrap
--tensorboard`). Each scope program of FOLDER/programs, and GPT-2 with two towers, is written as .pb and as events of a
run of its own. Then

- what /data/plugin/graphs/graph gives is compared with the .pb, node by node, with all attributes;
- the page of the graphs of GPT-2 and of towers.json must draw the towers and the variables that they share, each once,
  with edges from the one to the others, and must open scopes. `--pictures` keeps the screenshots.

The last line counts.
"""

import argparse
import contextlib
import glob
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from google.protobuf import text_format
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from tensorboard.compat.proto import graph_pb2

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 60  # seconds


def wait_for(what, question):
    """The first true answer to a question."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.2)
    raise TimeoutError(f"{what}: not within {PATIENCE} s")


# --- TensorBoard ----------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def tensorboard(logs, runs):
    """A TensorBoard on a folder that has so many runs. Yields its address."""
    with tempfile.TemporaryFile() as output:
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", logs, "--host", "127.0.0.1", "--port", "0",
                   "--load_fast", "false"]
        server = subprocess.Popen(command, stdout=output, stderr=output)

        def address():
            if server.poll() is not None:
                output.seek(0)
                raise RuntimeError(f"tensorboard ended: {output.read().decode()}")
            output.seek(0)
            found = re.search(rb"http://127\.0\.0\.1:\d+/", output.read())
            return found and found.group().decode()
        try:
            url = wait_for("tensorboard", address)
            wait_for(f"{runs} runs", lambda: len(json.loads(get(url + "data/plugin/graphs/info"))) == runs)
            yield url
        finally:
            server.terminate()
            server.wait()


def get(url):
    """What a server answers."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


def served_graph(url, run):
    """The graph of a run, and the shapes of outputs that it tells, taken out."""
    graph = graph_pb2.GraphDef()
    text_format.Parse(get(f"{url}data/plugin/graphs/graph?{urllib.parse.urlencode({'run': run})}"), graph)
    shapes = 0
    for node in graph.node:
        shapes += "_output_shapes" in node.attr
        node.attr.pop("_output_shapes", None)
    return graph, shapes


# --- The browser ----------------------------------------------------------------------------------------------------

# The page is made of shadow roots: all elements, through all of them.
ALL = """
function walk(root, found) {
    for (const element of root.querySelectorAll('*')) {
        found.push(element);
        if (element.shadowRoot) walk(element.shadowRoot, found);
    }
    return found;
}
const all = walk(document, []);
const nodes = all.filter(e => e.tagName === 'g' && e.classList.contains('node'));
"""
NODES = ALL + "return nodes.map(e => e.getAttribute('data-name'));"
EDGES = ALL + "return all.filter(e => e.tagName === 'g' && e.classList.contains('edge')).map(e => e.getAttribute('data-edge'));"
OPEN = ALL + """
const node = nodes.find(e => e.getAttribute('data-name') === arguments[0]);
node.querySelector('.nodeshape > *').dispatchEvent(
    new MouseEvent('dblclick', {bubbles: true, composed: true, cancelable: true, view: window}));
"""
FIT = ALL + """
const text = all.find(e => e.children.length === 0 && e.textContent.trim() === 'Fit to screen');
text.closest('button, paper-button, [role=button], .icon-button, a, div').click();
"""


@contextlib.contextmanager
def browser():
    """A headless Chromium that talks to nobody but TensorBoard."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                         "--disable-background-networking", "--disable-component-update", "--disable-sync",
                         "--window-size=1600,1000", f"--user-data-dir={profile}"):
            options.add_argument(argument)
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            yield driver
        finally:
            driver.quit()


def open_scope(driver, scope):
    """Open a scope that is drawn. The first layout is animated, and a click may miss: then another follows."""
    def opened():
        if not any(name.startswith(scope + "/") for name in driver.execute_script(NODES)):
            driver.execute_script(OPEN, scope)
            time.sleep(1.5)
        return any(name.startswith(scope + "/") for name in driver.execute_script(NODES))
    wait_for(f"{scope} open", opened)


def picture(driver):
    """The graph as it is seen now, fitted to the window, without the page around it."""
    driver.execute_script(FIT)
    time.sleep(2)
    screen = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
    return screen.crop((350, 65, screen.width, screen.height))


# --- The tests ------------------------------------------------------------------------------------------------------

class Tester:
    """Counts, and keeps pictures."""

    def __init__(self, pictures):
        self.pictures = pictures
        self.passed = self.failed = 0

    def check(self, good, what, why=""):
        """Count one check."""
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        if not good:
            print(f"{what}: {why}")

    def keep(self, image, name):
        """A picture must show something: more than a page with a frame has colours."""
        self.check(len(image.getcolors(1 << 24)) > 100, name, "the picture is empty")
        if self.pictures:
            os.makedirs(self.pictures, exist_ok=True)
            image.save(os.path.join(self.pictures, name + ".png"), optimize=True)


def build(arguments, folder):
    """Write all graphs, each as FOLDER/RUN.pb and as FOLDER/logs/RUN/. Returns the runs."""
    runs = ["gpt2"]
    commands = [[arguments.gpt2, os.path.join(arguments.examples, "gpt2", "hparams_124M.json"), "--towers", "2"]]
    for program in sorted(glob.glob(os.path.join(arguments.examples, "programs", "*.json"))):
        runs.append(os.path.basename(program)[:-len(".json")])
        commands.append([arguments.varscope, "build", program])
    for run, command in zip(runs, commands):
        output = os.path.join(folder, f"{run}.pb")
        subprocess.run([*command, "-o", output, "-o", os.path.join(folder, "logs", run) + "/"], check=True,
                       stdout=subprocess.DEVNULL)
    return runs


def check_served(tester, folder, runs):
    """What TensorBoard serves is what was written."""
    with tensorboard(os.path.join(folder, "logs"), len(runs)) as url:
        for run in runs:
            written = graph_pb2.GraphDef()
            with open(os.path.join(folder, f"{run}.pb"), "rb") as file:
                written.ParseFromString(file.read())
            served, shapes = served_graph(url, run)
            tester.check([node.name for node in served.node] == [node.name for node in written.node], run,
                         "other nodes are served than were written")
            for ours, theirs in zip(written.node, served.node):
                tester.check(ours == theirs, f"{run}: {ours.name}", f"{theirs} is served for {ours}")
            tester.check(shapes > 0 or not written.node, run, "no shapes of outputs")


def check_drawn(tester, driver, logs, run, shared, towers):
    """The scope of the variables is drawn once, and every tower takes tensors from it."""
    with tensorboard(os.path.join(logs, run), 1) as url:
        driver.get(url + "#graphs")
        drawn = wait_for("a drawing", lambda: set(driver.execute_script(NODES)) >= {shared, *towers}
                         and driver.execute_script(NODES))
        tester.check(drawn.count(shared) == 1, run, f"{shared} is drawn {drawn.count(shared)} times")
        edges = driver.execute_script(EDGES)
        for tower in towers:
            tester.check(f"{shared}--{tower}" in edges, run, f"no edge from {shared} to {tower}: {edges}")
        time.sleep(2)
        tester.keep(picture(driver), run)
        for scope in (towers[0], f"{towers[0]}/{shared}"):
            open_scope(driver, scope)
        tester.keep(picture(driver), f"{run}_open")


def main(argv):
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Read event files in the real TensorBoard.")
    parser.add_argument("--varscope", required=True)
    parser.add_argument("--gpt2", required=True)
    parser.add_argument("--examples", default=os.path.join(os.path.dirname(HERE), "examples"))
    parser.add_argument("--pictures", help="a folder for the screenshots")
    arguments = parser.parse_args(argv)
    tester = Tester(arguments.pictures)
    with tempfile.TemporaryDirectory() as folder:
        runs = build(arguments, folder)
        check_served(tester, folder, runs)
        with browser() as driver:
            logs = os.path.join(folder, "logs")
            check_drawn(tester, driver, logs, "gpt2", "model", ["tower_0", "tower_1"])
            check_drawn(tester, driver, logs, "towers", "net", [f"tower_{i}" for i in range(4)])
    print(f"{tester.passed} passed, {tester.failed} failed")
    return 1 if tester.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
