"""Processes that have TensorFlow, for work that may make it abort."""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import time

TASKS_OF_A_PROCESS = 400


def serve(connection):
    """The life of a worker: functions with their argument come in, results go out, until the other side is gone."""
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            function, argument = connection.recv()
            connection.send(function(argument))


class Workers:
    """Processes that have TensorFlow, which takes seconds to load, and which a graph can make abort or wait for ever."""

    def __init__(self, count):
        os.environ.setdefault("PYTHONWARNINGS", "ignore")  # of numpy, about numbers that are too large on purpose
        self._context = multiprocessing.get_context("spawn")
        self._idle = [self._start() for _ in range(count)]
        self._busy = {}

    def _start(self):
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        return {"process": process, "connection": ours, "left": TASKS_OF_A_PROCESS}

    def results(self, function, tasks, seconds):
        """(task, result) of each task, as they come; the result is None where the process died, or took longer than
        `seconds`."""
        tasks = iter(tasks)
        while True:
            while self._idle and (task := next(tasks, None)) is not None:
                worker = self._idle.pop()
                worker["end"] = time.monotonic() + seconds
                worker["connection"].send((function, task))
                self._busy[worker["connection"]] = (worker, task)
            if not self._busy:
                return
            ready = multiprocessing.connection.wait(list(self._busy), timeout=1)
            late = [connection for connection, (worker, _) in self._busy.items()
                    if connection not in ready and time.monotonic() > worker["end"]]
            for connection in ready + late:
                yield self._take(*self._busy.pop(connection), connection in ready)

    def _take(self, worker, task, is_ready):
        try:
            result = worker["connection"].recv() if is_ready else None
        except EOFError:
            result = None
        worker["left"] -= 1
        if result is None or not worker["left"]:
            worker["connection"].close()
            worker["process"].kill()
            worker["process"].join()
            worker = self._start()
        self._idle.append(worker)
        return task, result
