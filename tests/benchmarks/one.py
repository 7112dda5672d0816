"""One contender in a process of its own: `python -m tests.benchmarks.one NAME URL COURSE ISSUES` → one JSON line."""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
from pathlib import Path

from tests.benchmarks.recording import Course


def main(name: str, url: str, course_path: str, issues: str) -> None:
    contender = importlib.import_module(f"tests.benchmarks.{name}")
    course = Course.load(Path(course_path)).of_first(int(issues))
    with contender.opened(url, course) as step:
        warm_up = len(course.written) // 10
        for written in course.written[:warm_up]:
            step(written)
        gc.collect()
        gc.disable()
        wall, cpu = time.perf_counter(), time.process_time()
        for written in course.written[warm_up:]:
            step(written)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    moves = len(course.written) - warm_up
    print(json.dumps({"wall": wall / moves, "cpu": cpu / moves, "moves": moves}))


if __name__ == "__main__":
    main(*sys.argv[1:])
