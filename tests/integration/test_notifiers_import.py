"""Collecting the ways out costs nothing: apprise is loaded by the first letter alone."""

from __future__ import annotations

import subprocess
import sys

COLLECT = """
import importlib, pkgutil, sys
import notifiers
names = [found.name for found in pkgutil.iter_modules(notifiers.__path__, "notifiers.")]
modules = [importlib.import_module(name) for name in names]
heavy = sorted({"apprise", "requests", "smtplib", "yaml"} & set(sys.modules))
ways = sorted(
    scheme
    for module in modules
    for way in vars(module).values()
    if isinstance(way, type) and way.__module__ == module.__name__ and {"schemes", "send"} <= set(dir(way))
    for scheme in way().schemes
)
print(heavy, len(ways) - len(set(ways)), " ".join(ways))
"""


def test_collecting_loads_no_heavy_library_and_no_scheme_twice() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", COLLECT], capture_output=True, text=True, check=True
    ).stdout

    heavy, doubled, ways = printed.strip().split(" ", 2)
    assert heavy == "[]"
    assert doubled == "0"
    assert {"console", "mailto", "mailtos", "json", "jsons", "dingtalk"} <= set(ways.split())
