"""Every command of README, CONTRIBUTING, docs/*.md and the model cards is run or parsed.

A new command needs a row in `CHECKS`. What takes under a minute on synthetic data is run exactly as
it is written. The others are run smaller or only parsed; in a code block they carry a mark: their
time, or what they need, in brackets.
"""

from __future__ import annotations

import functools
import importlib
import io
import os
import re
import runpy
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path

import cv2
import pytest
import tyro

from sketchnet.cli import evaluate, train
from sketchnet.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
STUDIES = ROOT / "docs" / "studies"
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted(ROOT.glob("docs/*.md")),
        *sorted(ROOT.glob("sketchnet/weights/*/CARD.md")),
    )
}


@dataclass(frozen=True)
class Run:
    """Run it in a folder with everything that it names.

    data: the folder that stands for `DIR`. also: flags that make it quick. small: a text in a
    Python program, and what replaces it to make it quick. prints: what the output must contain.
    """

    data: str = ""
    also: str = ""
    small: tuple[str, str] = ("", "")
    prints: str = ""


class Parse:
    """Too long, or not on our data: the arguments are parsed."""


@dataclass(frozen=True)
class Serve:
    """Start the page; with `client`, call it by the programs that do so."""

    client: bool = False


class Client:
    """A program that calls the page."""


@dataclass(frozen=True)
class Make:
    """A target of the Makefile, whose last command is this."""

    last_line: str


class Study:
    """A script that prints the commands it would run: each of these is parsed."""


class Script:
    """A script in docs/ that needs real data: it exists, and another test imports it."""


class Module:
    """A module of the tests: it exists, and knows the flags."""


class Pytest:
    """Tests in these files."""


class Install:
    """An installation: `.ci/run` and tests/test_packaging.py do it."""


class Installed:
    """The installed command: tests/test_packaging.py runs it."""


class Integration:
    """An example of docs/integrations.md: tests/docs/test_integrations.py runs it."""


class Agent:
    """An agent's program: tests/browser/test_mcp.py runs it."""


class Outside:
    """A program that is not ours, or a server that is not here."""


QUICK = "--embedding-size 8 --steps-per-epoch 2 --epochs 1"
SMALL = "--size 32 --branch compact --photo-input edges --width 4 --depth 0"
SHOES = f"{QUICK} {SMALL} --identities 4"
DOODLES = f"{QUICK} --size 32 --image-branch none --lstm-units 8 --max-points 32 --gallery 5"
SMALL_CONFIG = (
    "epochs=2",
    "epochs=1, steps_per_epoch=2, identities=4, size=32, branch='compact', photo_input='edges', "
    "width=4, depth=0",
)

# Pattern of a command (the first that fits counts): how it is checked. They run in this order.
CHECKS = {
    "make train": Make("python train.py"),
    "make test": Make("python -m pytest"),
    "make demo": Make("python demo/app.py"),
    "make demo PHOTOS=*": Make("python demo/app.py --gallery my_photos/"),
    "make longer": Make("python -m pytest -m slow tests/browser tests/utils"),
    "make slow": Make("python -m pytest -m slow"),
    "make coverage": Make(
        "python -m pytest --cov=sketchnet --cov=sketchnet_demo --cov-report=term:skip-covered"
    ),
    "make audit": Make("pip-audit -r requirements.txt"),
    "make lint": Make("mypy sketchnet"),
    "make clean": Make(
        "rm -rf .venv build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis "
        ".import_linter_cache .coverage"
    ),
    "python3 -m venv .venv && .venv/bin/pip install -e .": Install(),
    "pip install .": Install(),
    'pip install -e ".[[]*]"': Install(),
    "pip install *": Outside(),
    "docker *": Outside(),
    "ray start *": Outside(),
    ".venv/bin/python train.py": Parse(),
    "python train.py retrieval --help": Run(prints="--preset"),
    "python -m sketchnet.data DIR": Run("shoes", prints="ProceduralShoes_Coordinate"),
    "python -m sketchnet.data DIR --to-mat OUT": Run("shoes", prints="written to"),
    "python -m sketchnet.data.synthetic retrieval *": Run(also="--photos 6 --test 2"),
    "python -m sketchnet.data.synthetic quickdraw *": Run(also="--per-category 2"),
    "python train.py retrieval --data DIR *": Run("shoes", SHOES),
    "python evaluate.py runs/mine --data DIR *": Run("shoes", prints='"acc@1":'),
    "python train.py quickdraw --data DIR *": Run("doodles", DOODLES),
    "python evaluate.py runs/doodles --data DIR *": Run("doodles", prints='"accuracy@100":'),
    "python -m sketchnet.gallery build runs/mine my_photos/ galleries/mine": Run(
        prints="embedded 6, skipped 0"
    ),
    "python -m sketchnet.gallery search runs/mine *": Run(prints="   1  "),
    "from fastapi *": Integration(),
    "*push_gallery(*": Integration(),
    "*load_model(*": Integration(),
    "*InferenceSession(*": Integration(),
    "*Interpreter(*": Integration(),
    "*finder = ShoeFinder(*": Run(prints="1 "),
    "*Suggester(*": Run(prints="%"),
    "*scores = train_retrieval(*": Run("shoes", small=SMALL_CONFIG, prints="done"),
    "*streamable_http_client(*": Agent(),
    "python demo/app.py": Serve(),
    "python demo/app.py --gallery my_photos/": Serve(client=True),
    "python demo/app.py *": Parse(),
    "*from gradio_client import Client*": Client(),
    "sketchnet *": Installed(),
    "python train.py *": Parse(),
    "python evaluate.py *": Parse(),
    "python -m sketchnet.gallery *": Parse(),
    "python -m sketchnet.export *": Parse(),
    "python -m sketchnet.doodles *": Parse(),
    "python -m sketchnet.runs push *": Outside(),
    "*BatchTripletLoss(*": Run(),
    "python docs/studies/ablations.py *": Study(),
    "python docs/studies/compare_presets.py *": Study(),
    "python docs/studies/doodle_ablations.py *": Study(),
    "*python docs/studies/*": Script(),
    "python -m tests.*": Module(),
    "python -m pytest *": Pytest(),
}

MARK = re.compile(r"\((needs [^()]+|\d+ (s|min|h))\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROSE = re.compile(r"`((?:(?:\.venv/bin/)?python3?|make|pip install|sketchnet) [^`…]+)`")


def in_blocks(text: str) -> dict[str, str]:
    """The shell commands in the blocks of a Markdown text, with the comment behind each."""
    found = {}
    for language, block in FENCE.findall(text):
        lines = block.replace("\\\n", " ").splitlines() if language == "sh" else []
        for line in lines:
            command, _, comment = re.sub(r"(^|\s)#", "\0", line).partition("\0")
            found[" ".join(command.split())] = comment.strip()
    found.pop("", None)
    return found


def in_prose(text: str) -> list[str]:
    """The commands in the running text of a Markdown text."""
    return PROSE.findall(" ".join(FENCE.sub("", text).split()))


def commands(text: str) -> list[str]:
    """Shell commands, Python programs, and commands in running text."""
    programs = [block for language, block in FENCE.findall(text) if language == "python"]
    return list(dict.fromkeys([*in_blocks(text), *programs, *in_prose(text)]))


ALL = list(dict.fromkeys(command for text in DOCUMENTS.values() for command in commands(text)))


def check_of(command: str) -> object | None:
    return next((check for known, check in CHECKS.items() if fnmatchcase(command, known)), None)


def checked_by(kind: type) -> list[str]:
    return [command for command in ALL if isinstance(check_of(command), kind)]


def test_commands_are_found_in_blocks_and_in_running_text():
    text = (
        "Say `python a.py --b\nc` or `python3 -m d`, not `pythonic` nor `python …`.\n"
        "```sh\nmake it    # so\n\n# only words\npython b.py \\\n  --c  # yes\n```\n"
        "```\npython shown.py\n```\n"
        "```python\nimport a\n\na.b()\n```\n"
    )
    expected = ["make it", "python b.py --c", "import a\n\na.b()\n", "python a.py --b c"]
    assert commands(text) == [*expected, "python3 -m d"]
    assert in_blocks(text) == {"make it": "so", "python b.py --c": "yes"}


def test_every_command_has_a_check():
    assert not [command for command in ALL if check_of(command) is None]


def test_every_check_has_a_command():
    used = {next(p for p in CHECKS if fnmatchcase(command, p)) for command in ALL}
    assert not set(CHECKS) - used


def runs_as_written(command: str) -> bool:
    check = check_of(command)
    if isinstance(check, Make):
        return check.last_line in ALL and runs_as_written(check.last_line)
    return isinstance(check, Serve | Client) or (
        isinstance(check, Run) and not check.also and not any(check.small)
    )


def test_commands_in_blocks_are_marked_unless_they_run_as_written():
    for name, text in DOCUMENTS.items():
        for command, comment in in_blocks(text).items():
            marked = bool(MARK.search(comment))
            assert marked != runs_as_written(command), f"{name}: {command}"


def last_line_of(command: str) -> str:
    """The last command that `make` would run."""
    dry = subprocess.run(
        [*shlex.split(command), "--dry-run", "--no-print-directory"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert dry.returncode == 0, dry.stderr
    return dry.stdout.splitlines()[-1].strip().replace(".venv/bin/", "")


@pytest.mark.parametrize("command", checked_by(Make))
def test_a_target_of_the_makefile_does_what_its_check_says(command):
    assert last_line_of(command) == check_of(command).last_line


@pytest.mark.parametrize("command", checked_by(Install))
def test_an_installation_names_what_the_project_has(command):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["tool"]["setuptools"]["dynamic"]["optional-dependencies"]
    named = re.findall(r"\.\[(\w+)\]", command)
    assert set(named) <= set(extras)
    makefile = (ROOT / "Makefile").read_text()
    assert "-e .\n" in makefile
    assert '-e ".[dev]"' in makefile


@pytest.mark.parametrize("command", checked_by(Parse))
def test_the_arguments_of_long_commands_are_parsed(command):
    understand(command)


@pytest.mark.parametrize("command", checked_by(Study))
def test_a_study_prints_commands_that_are_parsed(command, monkeypatch):
    script, *arguments = shlex.split(command.partition("python ")[2])
    monkeypatch.setattr(sys, "argv", [script, *arguments, "--commands"])
    monkeypatch.syspath_prepend(str(STUDIES))
    before = set(sys.modules)
    printed = io.StringIO()
    with redirect_stdout(printed):
        runpy.run_path(str(ROOT / script), run_name="__main__")
    for name in set(sys.modules) - before:  # a study may be named as a module of the package
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(STUDIES)):
            del sys.modules[name]
    lines = printed.getvalue().splitlines()
    named = arguments[arguments.index("--only") + 1 :] if "--only" in arguments else []
    assert len(lines) == len(named) or not named
    assert lines
    for line in lines:
        understand(line)


def test_the_studies_import():
    """In their folder, as Python starts them; edge_extractors is among them."""
    names = sorted(path.stem for path in STUDIES.glob("*.py"))
    for command in checked_by(Script):
        script = re.search(r"docs/studies/(\w+)\.py", command)
        assert script, command
        assert script[1] in names
    code = f"import {', '.join(names)}"
    done = subprocess.run([sys.executable, "-c", code], cwd=STUDIES, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", checked_by(Module))
def test_modules_of_the_tests_know_their_flags(command):
    _, _, module, *arguments = shlex.split(command)
    spec = find_spec(module)
    assert spec, module
    folder = Path(spec.origin or next(iter(spec.submodule_search_locations or ())))
    folder = folder if folder.is_dir() else folder.parent
    source = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    for flag in (word for word in arguments if word.startswith("--")):
        assert f'"{flag}"' in source or flag.lstrip("-").replace("-", "_") in source, flag
    if module == "tests.benchmarks" and arguments:
        assert arguments[0] in importlib.import_module("tests.benchmarks.__main__").BENCHMARKS


@pytest.mark.parametrize("command", checked_by(Pytest))
def test_tests_that_are_named_exist(command):
    paths = [word for word in shlex.split(command) if "/" in word]
    assert all((ROOT / path).exists() for path in paths)


@pytest.mark.parametrize("command", checked_by(Installed))
def test_the_installed_command_has_this_subcommand(command):
    assert shlex.split(command)[1].partition("|")[0] in COMMANDS


def understand(command: str) -> None:
    """Parse the arguments of one of our programs, without running it."""
    from sketchnet_demo.command import Options

    program, *arguments = shlex.split(command)[1:]
    options = {"evaluate.py": evaluate.Evaluate, "demo/app.py": Options}
    if program == "-m":
        understand_functions(arguments[0].replace("sketchnet.", "sketchnet.cli."), arguments[1:])
    elif program in options:
        tyro.cli(options[program], args=arguments)
    elif arguments:
        kind, presets = {
            "retrieval": (train.TrainRetrieval, train.RETRIEVAL_PRESETS),
            "quickdraw": (train.TrainDoodles, train.DOODLE_PRESETS),
        }[arguments[0]]
        train.parse(kind, program, arguments[1:], presets)
    else:
        assert program == "train.py", "only the quick start needs no arguments"


def understand_functions(module: str, arguments: list[str]) -> None:
    """Parse a command line whose subcommands are functions, with functions that do nothing."""
    cli = importlib.import_module(module)
    if len(arguments) == 1:  # in running text a subcommand may be named without its arguments
        assert callable(getattr(cli, arguments[0]))
        return
    called = []
    with pytest.MonkeyPatch.context() as patch:
        function = getattr(cli, arguments[0])

        @functools.wraps(function)
        def record(*values: object, **named: object) -> int:
            called.append((values, named))
            return 0

        patch.setattr(cli, arguments[0], record)
        assert cli.main(arguments) == 0
    assert called


@pytest.fixture
def workplace(tmp_path, monkeypatch) -> Path:
    """A folder with everything that the commands name, as the current one."""
    from sketchnet.data.pairs.load import load_collection
    from sketchnet.data.synthetic.write_datasets import write_quickdraw, write_retrieval
    from sketchnet.strokes.rasterize import rasterize

    write_retrieval(tmp_path / "shoes", photos=24, test=6)
    write_quickdraw(tmp_path / "doodles", per_category=20)
    (tmp_path / "my_photos").mkdir()
    for photo in sorted((tmp_path / "shoes" / "photo").iterdir())[:6]:
        shutil.copy(photo, tmp_path / "my_photos")
    drawing = load_collection(tmp_path / "shoes").sketches[0].drawing
    cv2.imwrite(str(tmp_path / "sketch.png"), rasterize(drawing, 256))
    # Networks that other tests have converted are used again, which saves seconds for each.
    kept = Path(os.environ["XDG_CACHE_HOME"]) / "sketchnet"
    cache = tmp_path / "cache" / "sketchnet"
    cache.mkdir(parents=True)
    for folder in kept.glob("onnx-*"):
        (cache / folder.name).symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return tmp_path


def run(command: str, check: Run) -> int:
    """Run a command as `python` would, in this process; returns its exit status."""
    if "\n" in command:
        program = command.replace(*check.small).replace('"DIR"', repr(check.data))
        assert program != command or not any(check.small), "nothing was made smaller"
        exec(compile(program, "README.md", "exec"), {"__name__": "__main__"})
        return 0
    places = {"DIR": check.data, "OUT": "out"}
    words = [places.get(word, word) for word in shlex.split(f"{command} {check.also}")[1:]]
    with pytest.raises(SystemExit) as end:
        as_main(words)
    return end.value.code or 0


def as_main(words: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if words[0] == "-m":
            patch.setattr(sys, "argv", words[1:])
            # Another test may have imported it, which `python -m` in a fresh process never has.
            patch.delitem(sys.modules, words[1], raising=False)
            patch.delitem(sys.modules, f"{words[1]}.__main__", raising=False)
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            patch.setattr(sys, "argv", words)
            runpy.run_path(str(ROOT / words[0]), run_name="__main__")


def in_order(kind: type) -> list[tuple[str, object]]:
    """All commands of one kind, in the order of `CHECKS`."""
    return [
        (command, check)
        for check in CHECKS.values()
        for command in ALL
        if isinstance(check, kind) and check_of(command) is check
    ]


def test_short_commands_run(workplace, capsys):
    """In one test, since a command needs what those before it have written."""
    for command, check in in_order(Run):
        capsys.readouterr()
        status = run(command, check)
        out, error = capsys.readouterr()
        assert status == 0, f"{command}\n{out}\n{error}"
        assert check.prints in out, f"{command}\n{out}"
    for command, check in in_order(Serve):
        with served(shlex.split(command)[1:]) as port:
            for program, _ in in_order(Client) if check.client else ():
                call(program, port)


@contextmanager
def served(words: list[str]) -> Iterator[int]:
    """The page in a process of its own; yields the port where it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / words[0]), *words[1:], "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + 300
            while not answers(port):
                assert server.poll() is None, f"{shlex.join(words)} ended"
                assert time.monotonic() < until, f"{shlex.join(words)} does not answer"
                time.sleep(0.2)
            yield port
        finally:
            server.terminate()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def call(program: str, port: int) -> None:
    assert ":7860" in program, "the default port of the page"
    program = program.replace(":7860", f":{port}") + "\nprint(sorted(each['id'] for each in found))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    photos = sorted(photo.stem for photo in Path("my_photos").iterdir())
    assert done.stdout.splitlines()[-1] == str(photos)


# Files and links

NAMED_FILE = re.compile(r"`([a-z0-9_./]*[a-z0-9_]\.(?:py|js|css|toml|svg|cff))`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


@functools.cache
def files() -> list[str]:
    folders = ("sketchnet", "demo", "tests", "docs")
    inside = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    return [f"/{path.relative_to(ROOT).as_posix()}" for path in [*inside, *ROOT.glob("*.*")]]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_that_are_named_exist(name):
    named = set(NAMED_FILE.findall(DOCUMENTS[name]))
    assert not [file for file in named if not any(path.endswith(f"/{file}") for path in files())]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a Markdown text."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    for link in LINK.findall(DOCUMENTS[name]):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        path = ((ROOT / name).parent / target).resolve() if target else ROOT / name
        assert path.exists(), link
        if anchor:
            assert anchor in anchors(path.read_text("utf-8")), link


def test_the_architecture_picture_shows_the_layers_of_the_import_contract(monkeypatch):
    """After a change of the contract: `python docs/architecture.py`."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    drawing = runpy.run_path(str(ROOT / "docs" / "architecture.py"))
    rows, _ = drawing["layer_rows"](drawing["HEAD"] + 38)
    assert "\n".join(rows) in (ROOT / "docs" / "architecture.svg").read_text("utf-8")
    for _, named in drawing["LAYERS"].values():
        for file in named.split(", "):
            assert any(path.rstrip("/").endswith(f"/{file.rstrip('/')}") for path in files()), file


def test_the_readme_is_short():
    assert len(DOCUMENTS["README.md"].splitlines()) <= 160
