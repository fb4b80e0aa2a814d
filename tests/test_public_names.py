"""`import sketchnet` is instant and changes nothing; its public names come at their first use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import sketchnet


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_import_loads_no_library_and_takes_no_time():
    code = (
        "import sys, time; start = time.process_time(); import sketchnet;"
        "print(time.process_time() - start);"
        "print(*{'keras', 'gradio', 'numpy', 'tensorflow', 'cv2'} & set(sys.modules))"
    )
    seconds, *loaded = run(code).split("\n")
    assert float(seconds) < 0.1
    assert loaded in ([], [""])


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_the_import_changes_nothing_in_the_process():
    state = (
        "(list(sys.meta_path), dict(os.environ),"
        " [(fd, os.readlink(f'/proc/self/fd/{fd}')) for fd in '012'],"
        " len(os.listdir('/proc/self/fd')))"
    )
    code = f"import os, sys; before = {state}; import sketchnet; print(before == {state})"
    assert run(code) == "True"


def test_each_public_name_is_the_thing_itself():
    from sketchnet import ShoeFinder, Suggester, train_doodles, train_retrieval

    assert isinstance(ShoeFinder, type)
    assert isinstance(Suggester, type)
    assert ShoeFinder.__module__ == "sketchnet.retrieval.search"
    assert callable(train_doodles)
    assert callable(train_retrieval)
    assert train_retrieval.__module__ == "sketchnet.tasks.train_retrieval"
    assert set(sketchnet.__all__) <= set(dir(sketchnet))


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'train'"):
        _ = sketchnet.train
