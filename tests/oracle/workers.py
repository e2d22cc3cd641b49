"""Processes that have TensorFlow, for work that may make it abort."""

import contextlib
import multiprocessing
import multiprocessing.connection
import os

TASKS_OF_A_PROCESS = 400


def serve(connection):
    """The life of a worker: functions with their argument come in, results go out, until the other side is gone."""
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            function, argument = connection.recv()
            connection.send(function(argument))


class Workers:
    """Processes that have TensorFlow, which takes seconds to load, and which a wrong graph can make abort."""

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

    def results(self, function, tasks):
        """(task, result) of each task, as they come; the result is None where the process died."""
        tasks = iter(tasks)
        while True:
            while self._idle and (task := next(tasks, None)) is not None:
                worker = self._idle.pop()
                worker["connection"].send((function, task))
                self._busy[worker["connection"]] = (worker, task)
            if not self._busy:
                return
            for connection in multiprocessing.connection.wait(list(self._busy)):
                yield self._take(*self._busy.pop(connection))

    def _take(self, worker, task):
        try:
            result = worker["connection"].recv()
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
