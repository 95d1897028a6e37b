"""What only shows at run time: which outside libraries a side brings into the process."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent

LOAD_ALL = """
import importlib, pkgutil, sys
before = set(sys.modules)
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        importlib.import_module(module.name)
print(*{name.partition(".")[0] for name in set(sys.modules) - before})
"""


def libraries_loaded_by(*packages: str) -> set[str]:
    """The distributions in a fresh process after every module of the packages was imported."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOAD_ALL, *packages], check=True, capture_output=True, text=True, cwd=ROOT
    )
    owners = packages_distributions()
    return {canonicalize_name(owner) for name in done.stdout.split() for owner in owners.get(name, [])}


def test_rules_and_verifier_load_nothing_but_mathematics() -> None:
    loaded = libraries_loaded_by("ecabinet.core", "ecabinet.verify")
    assert "cryptography" in loaded
    assert loaded <= {"cryptography", "cffi", "ecabinet"}


def test_a_witness_loads_nothing_but_mathematics() -> None:
    assert libraries_loaded_by("ecabinet.witness") <= {"cryptography", "cffi", "ecabinet"}


def test_the_server_loads_neither_windows_nor_papers() -> None:
    loaded = libraries_loaded_by("ecabinet.server")
    assert loaded.isdisjoint({"keyring", "pymupdf", "pyside6-essentials", "shiboken6", "sqlcipher3", "typst"})


@pytest.mark.parametrize("side", ["base", "client", "server", "dev"])
def test_every_declared_dependency_is_pinned_within_its_range(side: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = [Requirement(line) for line in project["dependencies"] + extras.get(side, [])]
    lines = (ROOT / "requirements" / f"{side}.txt").read_text()
    pins = [Requirement(line.rstrip(" \\")) for line in lines.splitlines() if line[:1].isalpha()]
    versions = {canonicalize_name(pin.name): Version(next(iter(pin.specifier)).version) for pin in pins}
    for need in declared:
        if need.name != "ecabinet":
            assert versions[canonicalize_name(need.name)] in need.specifier
    assert lines.count("--hash=sha256:") >= len(pins) > 0
    assert "://" not in lines
