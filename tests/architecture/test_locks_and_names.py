"""The locked files can be trusted, and our package names are ours alone."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.kit.source_tree import PACKAGES, ROOT

RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"
BENCHMARKS = "requirements-bench.lock"
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)(\[[a-z,]+\])?==(?P<version>\S+)(?P<rest>.*?)$", re.MULTILINE)


def lock_text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def pins(name: str) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PIN.finditer(lock_text(name))}


def asked_for(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~ ;]", line)[0].lower().replace("_", "-") for line in requirements}


@pytest.mark.parametrize("name", [RUNTIME, DEVELOPMENT, BENCHMARKS])
def test_no_line_names_a_host(name: str) -> None:
    assert [line for line in lock_text(name).splitlines() if "://" in line] == []


@pytest.mark.parametrize("name", [RUNTIME, DEVELOPMENT, BENCHMARKS])
def test_every_pin_has_a_hash(name: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", lock_text(name))
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    runtime, development = project["dependencies"], project["optional-dependencies"]["dev"]
    assert asked_for(runtime) - set(pins(RUNTIME)) == set()
    assert asked_for(runtime + development) - set(pins(DEVELOPMENT)) == set()
    assert asked_for(runtime + project["optional-dependencies"]["bench"]) - set(pins(BENCHMARKS)) == set()


def test_tests_run_on_the_versions_that_people_run() -> None:
    tested = pins(DEVELOPMENT)
    assert {name: tested.get(name) for name in pins(RUNTIME)} == pins(RUNTIME)


def test_benchmarks_run_on_the_versions_that_people_run() -> None:
    measured = pins(BENCHMARKS)
    assert {name: measured.get(name) for name in pins(RUNTIME)} == pins(RUNTIME)


def test_time_zones_come_along_for_windows() -> None:
    assert "tzdata" in pins(RUNTIME)


def test_the_runtime_lock_is_the_same_on_every_system() -> None:
    """A bundle for another system holds every package only if no marker hides one."""
    markers = [found["rest"] for found in PIN.finditer(lock_text(RUNTIME))]
    assert [marker for marker in markers if re.search(r"sys_platform|os_name|platform_\w+", marker)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_our_names(package: str) -> None:
    assert set(packages_distributions().get(package, [])) - {"zhenggai"} == set()
