"""The package as others get it: the wheel in a fresh environment, the container, the metadata."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import tyro
import yaml
from gradio_client import Client, handle_file

import sketchnet
from sketchnet import runs
from sketchnet_demo.launch import SCRIPTS, STYLES, script, style

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "onnx")


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, each a name and its arguments on one line."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE))
    pairs = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(name, " ".join(arguments.split())) for name, arguments in pairs]


def only(name: str) -> str:
    """The arguments of the one instruction of this name in our Dockerfile."""
    (found,) = [arguments for each, arguments in instructions(DOCKERFILE) if each == name]
    return found


def container_command() -> list[str]:
    return yaml.safe_load(only("CMD"))


def container_environment(cache: Path) -> dict[str, str]:
    """The variables that the Dockerfile sets, for a cache in another place."""
    pairs = (pair.split("=", 1) for pair in shlex.split(only("ENV")))
    return {name: value.replace("/cache", str(cache)) for name, value in pairs}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from the files that the container's build context holds and no others."""
    context = tmp_path_factory.mktemp("context")
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    for pattern in (line.removeprefix("!") for line in lines if line.startswith("!")):
        for source in ROOT.glob(pattern):
            if source.is_dir():
                shutil.copytree(source, context / source.name, ignore=NOT_SHIPPED)
            else:
                shutil.copy(source, context)
    out = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*pip, str(context), "-w", str(out)], check=True, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory) -> Path:
    """The programs of a new environment with the wheel; it borrows this one's dependencies."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    # A .pth file appends to the path: the wheel's own packages come first.
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    return folder / "bin"


def bare(**settings: str) -> dict[str, str]:
    """The variables of this process without those that would help to find anything."""
    hidden = ("HOME", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in hidden} | settings


def run(command: list[str], cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=bare(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_package_is_in_the_wheel():
    """The list in pyproject.toml names the folders with an `__init__.py`."""
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for folder in ("sketchnet", "demo")
        for path in (ROOT / folder).rglob("__init__.py")
    }
    named = PROJECT["tool"]["setuptools"]["packages"]
    assert {name.replace("sketchnet_demo", "demo") for name in named} == found


def test_the_wheel_holds_code_weights_page_and_licences_and_nothing_else(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder, package in (("sketchnet", "sketchnet"), ("demo", "sketchnet_demo")):
        listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True)
        if listed.returncode:
            pytest.skip("NO GIT: what the repository holds is not known")
        tracked = {name for name in listed.stdout.decode().split() if (ROOT / name).is_file()}
        assert {re.sub(f"^{folder}/", f"{package}/", name) for name in tracked} <= names
    licences = {name.rpartition("/")[2] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "NOTICE"}
    assert {name.split("/")[0].split("-")[0] for name in names} == {"sketchnet", "sketchnet_demo"}


def test_the_command_runs_in_a_fresh_environment(environment: Path, tmp_path: Path):
    """It is the wheel that answers, and not this checkout."""
    where = "import sketchnet, sketchnet_demo; print(sketchnet.__file__, sketchnet_demo.__file__)"
    for file in run([str(environment / "python"), "-c", where], tmp_path).split():
        assert Path(file).is_relative_to(environment.parent)
    commands = run([str(environment / "sketchnet"), "--help"], tmp_path)
    for name in ("train", "evaluate", "data", "gallery", "doodles", "export", "demo"):
        assert re.search(rf"^ +{name} ", commands, re.MULTILINE)
    write = ["-m", "sketchnet.data.synthetic", "retrieval", "shoes", "--photos", "6", "--test", "2"]
    run([str(environment / "python"), *write], tmp_path)
    report = run([str(environment / "sketchnet"), "data", "shoes"], tmp_path)
    assert "ProceduralShoes_Coordinate" in report


def test_the_container_serves_the_page(environment: Path, tmp_path: Path):
    """The steps of the Dockerfile by hand: its command and variables, no home, another folder."""
    assert "pip install --no-cache-dir /src" in DOCKERFILE
    assert only("COPY") == ". /src"
    settings = container_environment(tmp_path)
    # The networks that earlier tests converted are taken from their cache, which saves seconds.
    assert settings.pop("XDG_CACHE_HOME") == str(tmp_path)
    settings |= {"SPACE_ID": "me/sketchnet", "SYSTEM": "spaces"}
    with served(environment, tmp_path, bare(**settings)) as address:
        with urllib.request.urlopen(f"{address}/config", timeout=60) as answer:
            page = json.load(answer)
        assert "find-now" in str(page["components"])
        for name in SCRIPTS:
            assert script(name) in page["head"], name
        for name in STYLES:
            assert style(name) in page["head"], name
        photo = next((runs.SHIPPED / "shoes" / runs.GALLERY / "thumbnails").iterdir())
        client = Client(address, verbose=False, download_files=tmp_path / "downloads")
        found = client.predict(handle_file(photo), 3, "", api_name="/find")
        assert len(found) == 3


@contextmanager
def served(environment: Path, cwd: Path, variables: dict[str, str]) -> Iterator[str]:
    """The container's command on a free port; yields the address when it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program, *arguments = container_command()
    arguments[arguments.index("--port") + 1] = str(port)
    log = cwd / "log.txt"
    with (
        log.open("w") as out,
        subprocess.Popen(
            [str(environment / program), *arguments], cwd=cwd, env=variables, stdout=out, stderr=out
        ) as page,
    ):
        try:
            until = time.monotonic() + 300
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=20).close()
                    break
                except OSError:
                    assert page.poll() is None, log.read_text()
                    assert time.monotonic() < until, log.read_text()
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            page.terminate()


def test_the_dockerfile_agrees_with_the_readme_and_the_project():
    front = re.match(r"---\n(.*?)\n---\n", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert front, "a Space reads its settings from a block of YAML at the top of README.md"
    card = yaml.safe_load(front[1])
    assert card["sdk"] == "docker"
    assert card["license"] == PROJECT["project"]["license"].lower()
    assert only("EXPOSE") == str(card["app_port"])
    image, minor = re.fullmatch(r"(python):3\.(\d+)-slim", only("FROM")).groups()
    least, beyond = re.findall(r"3\.(\d+)", PROJECT["project"]["requires-python"])
    assert image == "python"
    assert int(least) <= int(minor) < int(beyond)

    from sketchnet_demo.command import Options

    program, command, *arguments = container_command()
    assert (program, command) == ("sketchnet", "demo")
    options = tyro.cli(Options, args=arguments)
    assert (options.host, options.port) == ("0.0.0.0", card["app_port"])
    steps = [name for name, _ in instructions(DOCKERFILE)]
    assert steps.index("USER") > steps.index("RUN"), "the page must not run as root"
    assert only("USER") != "root"


def test_licence_and_citation_agree_with_the_project():
    project = PROJECT["project"]
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in licence.splitlines()[0]
    assert "END OF TERMS AND CONDITIONS" in licence
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["license"] == project["license"] == "Apache-2.0"
    assert citation["version"] == sketchnet.__version__
    assert project["description"].lower() in citation["title"].lower()
