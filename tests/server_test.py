#!/usr/bin/env python3
"""Drive examples/server: clients at once, on 127.0.0.1, that share variables; check each answer, and the graph.

    server_test.py SERVER

Prints each check that fails; the last line counts, and the exit status is 1 when one failed.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

CLIENTS = 16
BAD_CLIENTS = 3  # one that sends nonsense, one that leaves in the middle, one whose line is too long
TIMEOUT_SECONDS = 60


class Checks:
    """Counts checks, from any thread."""

    def __init__(self):
        self.lock = threading.Lock()
        self.passed = 0
        self.failed = 0

    def that(self, condition, what, detail=""):
        """Note one check."""
        with self.lock:
            self.passed += bool(condition)
            self.failed += not condition
            if not condition:
                print(f"FAILED: {what}: {detail}")

    def equal(self, actual, expected, what):
        """Note whether two values are equal."""
        self.that(actual == expected, what, f"{actual!r}, not {expected!r}")


class Client:
    """A connection."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.number = int(self.lines.readline().split()[1])

    def ask(self, line):
        """Send a line; returns the answer's."""
        self.socket.sendall(line.encode() + b"\n")
        return self.lines.readline().rstrip("\n")

    def close(self):
        """Hang up."""
        self.lines.close()
        self.socket.close()


def talk(client, check):
    """Two layers that all clients share, one of their own, and mistakes."""
    me = f"client_{client.number}"
    check.equal(client.ask("dense 4"), f"ok {me}/dense/Relu:0", "the first layer")
    check.equal(client.ask("dense 4"), f"ok {me}/dense_1/Relu:0", "the second layer")
    check.equal(client.ask("nodes"), "ok 7", "x, and MatMul, BiasAdd and Relu of each layer")
    check.equal(client.ask(f"scope own_{client.number}"), f"ok own_{client.number}", "a scope")
    check.equal(client.ask("dense 2"), f"ok {me}/own_{client.number}/dense/Relu:0", "a layer in it")
    check.equal(client.ask("leave"), "ok", "leaving")
    check.that(client.ask("leave").startswith("error failed_precondition "), "leaving once more")
    check.that(client.ask("scope").startswith("ok"), "a scope without a name is TensorFlow's ''")
    check.equal(client.ask("leave"), "ok", "leaving that")
    check.that(client.ask("dense 0").startswith("error invalid_argument "), "no units")
    # The third layer of the variable scope takes 2 inputs, where everybody before had none: the first comer decides.
    answer = client.ask(f"dense {5 + client.number % 2}")
    check.that(answer == f"ok {me}/dense_2/Relu:0" or re.match(
        r"error incompatible variable net/dense_2/\w+ has shape ", answer), "units that differ", answer)
    check.that(client.ask("absent").startswith("error unimplemented "), "an unknown word")
    check.equal(client.ask("quit"), "ok", "quitting")
    check.equal(client.lines.readline(), "", "the server hangs up")
    client.close()


def run_client(port, check):
    """A thread."""
    try:
        talk(Client(port), check)
    except OSError as error:
        check.that(False, "a client can talk", error)


def misbehave(port, how):
    """A client that is no good."""
    client = Client(port)
    if how == 0:
        client.socket.sendall(b"\0\xff\n\n\n")
    elif how == 1:
        client.socket.sendall(b"dense 4\ndense 4\nden")
    else:
        client.socket.sendall(b"x" * 1000)
    client.close()


def run_clients(port, check):
    """All at once."""
    threads = [threading.Thread(target=run_client, args=(port, check)) for _ in range(CLIENTS)]
    threads += [threading.Thread(target=misbehave, args=(port, how)) for how in range(BAD_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def check_result(output, path, check):
    """What the server says at its end, and the graph."""
    lines = output.splitlines() or [""]
    check.that(re.fullmatch(r"\d+ nodes, \d+ variables", lines[0]), "the summary", lines[:1])
    variables = [re.match(r"<tf.Variable '([^']+):0' shape=(\([^)]*\))", line) for line in lines[1:]]
    shapes = {match.group(1): match.group(2) for match in variables if match}
    check.equal(len(shapes), len(lines) - 1, "each variable is there once")
    check.equal(shapes.get("net/dense/weights"), "(8, 4)", "the first layer's weights are shared")
    check.equal(shapes.get("net/dense_1/biases"), "(4,)", "the second layer's biases are shared")
    check.that(shapes.get("net/dense_2/weights") in ("(2, 5)", "(2, 6)"), "the first to ask decides", shapes)
    own = [name for name in shapes if "/own_" in name]
    check.equal(len(own), 2 * CLIENTS, "each client has a layer of its own")
    with open(path, "rb") as file:
        data = file.read()
    check.that(b"client_0/" in data and b"net/dense_1/weights/Assign" in data, "the graph is written")


def main(argv):
    """The command. Returns the exit status."""
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "graph.pb")
        with subprocess.Popen([argv[0], str(CLIENTS + BAD_CLIENTS), path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as server:
            port = int(server.stdout.readline().rsplit(":", 1)[1])
            try:
                run_clients(port, check)
                output, errors = server.communicate(timeout=TIMEOUT_SECONDS)
            finally:
                server.kill()
        check.equal((server.returncode, errors), (0, ""), "the server ends well")
        check_result(output, path, check)
    wrong = subprocess.run([argv[0]], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    check.that(wrong.returncode == 2 and wrong.stderr, "a wrong call")
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed or not check.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
