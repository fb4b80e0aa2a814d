"""The folder as a Hugging Face Space: the card at the top of README.md, and a start as one."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from sketchnet import runs

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def card() -> dict[str, object]:
    front = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert front, "a Space reads its settings from a block of YAML at the top of README.md"
    return yaml.safe_load(front[1])


def test_the_card_agrees_with_the_project(card):
    assert card["sdk"] == "gradio"
    assert (ROOT / card["app_file"]).is_file()
    requirements = (ROOT / "requirements.txt").read_text().splitlines()
    gradio = next(Requirement(line) for line in requirements if line.startswith("gradio"))
    assert card["sdk_version"] in gradio.specifier
    project = (ROOT / "pyproject.toml").read_text()
    least, beyond = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', project).groups()
    assert re.fullmatch(r"3\.\d+", card["python_version"]), "as text: 3.10 is not 3.1"
    assert int(least) <= int(card["python_version"].split(".")[1]) < int(beyond)


def test_a_copy_starts_as_a_space_starts_it(card, tmp_path: Path):
    """The page is up at the address that the environment names, and finds shoes."""
    if not (runs.SHIPPED / "shoes" / runs.CONFIG).is_file():
        pytest.skip("NO WEIGHTS: nothing ships that a Space could show")
    copy, home = tmp_path / "app", tmp_path / "home"
    home.mkdir()
    for part in ("demo", "sketchnet"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": str(port)}
    environment |= {"SPACE_ID": "me/sketchnet", "SYSTEM": "spaces", "GRADIO_SSR_MODE": "true"}
    environment |= {"HOME": str(home)}
    log = (tmp_path / "log.txt").open("w+")
    command = [sys.executable, str(card["app_file"])]
    with log, subprocess.Popen(command, cwd=copy, env=environment, stdout=log, stderr=log) as page:
        try:
            until = time.monotonic() + 300
            while True:
                try:
                    address = f"http://127.0.0.1:{port}/config"
                    with urllib.request.urlopen(address, timeout=20) as answer:
                        served = answer.read().decode()
                    break
                except OSError:
                    assert page.poll() is None, (tmp_path / "log.txt").read_text()
                    assert time.monotonic() < until, (tmp_path / "log.txt").read_text()
                    time.sleep(0.2)
        finally:
            page.terminate()
    assert "shoes</b>" in served
    assert "find-now" in served
