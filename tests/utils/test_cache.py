"""The cache directory: named by the environment, in the home directory, or temporary."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from sketchnet.utils import cache
from sketchnet.utils.cache import cache_home

UNWRITABLE = "/proc/none"  # also for an administrator


@pytest.fixture(autouse=True)
def temporary(monkeypatch, tmp_path: Path) -> Path:
    """The system's temporary directory of each test."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    cache._temporary_home.cache_clear()
    yield tmp_path / "temporary"
    cache._temporary_home.cache_clear()


def test_the_environment_names_the_cache(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "named"))
    assert cache_home() == tmp_path / "named" / "sketchnet"
    assert cache_home().is_dir()


def test_otherwise_it_is_in_the_home_directory(monkeypatch, tmp_path: Path):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_home() == tmp_path / ".cache" / "sketchnet"
    monkeypatch.setenv("XDG_CACHE_HOME", UNWRITABLE)
    assert cache_home() == tmp_path / ".cache" / "sketchnet"


@pytest.mark.parametrize("home", [UNWRITABLE, "~"])
def test_without_a_writable_home_it_is_temporary(monkeypatch, temporary, tmp_path, home: str):
    """`~` is what Python expands to for a user without a home directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", home)
    found = cache_home()
    assert found.is_relative_to(temporary)
    assert os.access(found, os.W_OK)
    assert found == cache_home(), "files are found again"
    assert not (tmp_path / "~").exists()


def test_a_temporary_directory_of_another_user_is_not_trusted(monkeypatch, temporary):
    monkeypatch.setenv("XDG_CACHE_HOME", UNWRITABLE)
    monkeypatch.setenv("HOME", UNWRITABLE)
    shared = cache_home()
    cache._temporary_home.cache_clear()
    shared.rmdir()
    (temporary / "elsewhere").mkdir()
    shared.symlink_to(temporary / "elsewhere")
    assert cache_home() != shared
