"""The wheel holds every file of the three packages, data included, and nothing else of ours."""

from __future__ import annotations

import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from tests.kit.source_tree import PACKAGES, ROOT


def test_the_wheel_holds_the_packages_with_their_data(tmp_path: Path) -> None:
    built = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    with zipfile.ZipFile(built) as wheel:
        held = {name for name in wheel.namelist() if not name.startswith("zhenggai-")}
    assert held == {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
