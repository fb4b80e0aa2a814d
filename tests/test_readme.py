"""Every command of README.md is run, or at least understood: none stands there unproven.

A new command needs a row in `CHECKS`: how it is proven. What takes under a minute on data drawn by
program is run just as it stands; the others are run smaller, or their arguments are parsed, and
they carry a mark in README.md: their time, or what they need, in brackets.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import cv2
import pytest
import tyro

from sketchnet.cli import evaluate, train

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@dataclass(frozen=True)
class Run:
    """Run it in a folder with what it names, and `also` to be quick; `DIR` is the folder `data`."""

    data: str = ""
    also: str = ""
    says: str = ""


class Parse:
    """Too long, or not on data of ours: its arguments are parsed."""


@dataclass(frozen=True)
class Serve:
    """Open the page, for the programs that ask it where they can."""

    asked: bool = False


class Ask:
    """A program that asks the page."""


@dataclass(frozen=True)
class Make:
    """A target of the Makefile, which ends with the command `runs`."""

    runs: str


class Study:
    """Hours on real data: the commands that it would run are printed, and understood."""


class SetUp:
    """What the Makefile does to make the environment; CI is the proof."""


QUICK = "--size 32 --embedding-size 8 --steps-per-epoch 2 --epochs 1"
SHOES = f"{QUICK} --identities 4"
DOODLES = f"{QUICK} --image-branch none --lstm-units 8 --max-points 32 --gallery 5"

# Pattern of a command (the first that fits counts): how it is proven. They run in this order.
CHECKS = {
    "make train": Make("python train.py"),
    "make test": Make("python -m pytest"),
    "make demo": Make("python demo/app.py"),
    "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt": SetUp(),
    ".venv/bin/python train.py": Parse(),
    "python -m sketchnet.data DIR": Run("shoes", says="ProceduralShoes_Coordinate"),
    "python -m sketchnet.data DIR --to-mat OUT": Run("shoes", says="written to"),
    "python train.py retrieval --data DIR *": Run("shoes", SHOES),
    "python evaluate.py runs/mine --data DIR *": Run("shoes", says='"acc@1":'),
    "python train.py quickdraw --data DIR *": Run("doodles", DOODLES),
    "python evaluate.py runs/doodles --data DIR *": Run("doodles", says='"accuracy@100":'),
    "python -m sketchnet.gallery build runs/mine my_photos/ galleries/mine": Run(
        says="embedded 6, skipped 0"
    ),
    "python -m sketchnet.gallery search runs/mine *": Run(says="   1  "),
    "*finder = ShoeFinder(*": Run(says="1 "),
    "python demo/app.py": Serve(),
    "python demo/app.py --gallery my_photos/": Serve(asked=True),
    "python demo/app.py --share *": Parse(),
    "python demo/app.py --download *": Parse(),
    "*from gradio_client import Client*": Ask(),
    "PYTHONPATH=. python docs/studies/*": Study(),
    "python evaluate.py * --data $SKETCHNET_DATA/*": Parse(),
}

MARK = re.compile(r"\((needs [^()]+|\d+ (s|min|h))\)")


FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def typed(text: str) -> dict[str, str]:
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
    """The commands in the running words of a Markdown text."""
    prose = " ".join(FENCE.sub("", text).split())
    return re.findall(r"`((?:\.venv/bin/)?python3? [^`…]+)`", prose)


def commands(text: str) -> list[str]:
    """Shell commands, Python programs, and commands in running prose."""
    programs = [block for language, block in FENCE.findall(text) if language == "python"]
    return list(dict.fromkeys([*typed(text), *programs, *in_prose(text)]))


def check_of(command: str) -> object | None:
    return next((how for known, how in CHECKS.items() if fnmatchcase(command, known)), None)


def those(kind: type) -> list[str]:
    return [command for command in commands(README) if isinstance(check_of(command), kind)]


def test_commands_are_found_wherever_they_stand():
    text = (
        "Say `python a.py --b\nc` or `python3 -m d`, not `pythonic` nor `python …`.\n"
        "```sh\nmake it    # so\n\n# only words\npython b.py \\\n  --c  # yes\n```\n"
        "```\npython shown.py\n```\n"
        "```python\nimport a\n\na.b()\n```\n"
    )
    expected = ["make it", "python b.py --c", "import a\n\na.b()\n", "python a.py --b c"]
    assert commands(text) == [*expected, "python3 -m d"]
    assert typed(text) == {"make it": "so", "python b.py --c": "yes"}


@pytest.mark.parametrize("command", commands(README))
def test_every_command_has_its_proof(command):
    assert check_of(command), f"CHECKS does not say how this is proven:\n{command}"


def runs_as_it_stands(command: str) -> bool:
    how = check_of(command)
    if isinstance(how, Make):
        return how.runs in commands(README) and runs_as_it_stands(how.runs)
    return isinstance(how, Serve | Ask) or (isinstance(how, Run) and not how.also)


@pytest.mark.parametrize("command", typed(README))
def test_what_is_not_run_as_it_stands_is_marked_and_nothing_else_is(command):
    marked = bool(MARK.search(typed(README)[command]))
    assert marked != runs_as_it_stands(command)


@pytest.mark.parametrize("command", in_prose(README))
def test_a_command_without_room_for_a_mark_needs_none(command):
    assert runs_as_it_stands(command)


@pytest.mark.parametrize("command", those(Make))
def test_a_target_does_what_is_proven_elsewhere(command):
    target = re.escape(command.removeprefix("make "))
    makefile = (ROOT / "Makefile").read_text()
    recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe
    last = recipe[1].splitlines()[-1].strip()
    assert last == check_of(command).runs.replace("python", "$(BIN)/python", 1)


@pytest.mark.parametrize("command", those(SetUp))
def test_the_set_up_is_that_of_the_makefile(command):
    asked = re.findall(r"-r (\S+)", command)
    assert asked
    assert all((ROOT / name).is_file() for name in asked)
    assert all(f"-r {name}" in (ROOT / "Makefile").read_text() for name in asked)


@pytest.mark.parametrize("command", those(Parse))
def test_the_arguments_of_long_commands_are_understood(command):
    understand(command)


@pytest.mark.parametrize("command", those(Study))
def test_a_study_tells_commands_that_are_understood(command):
    script, *arguments = shlex.split(command.partition(" python ")[2])
    told = subprocess.run(
        [sys.executable, script, *arguments, "--commands"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "."},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    assert len(told.stdout.splitlines()) == 2
    for line in told.stdout.splitlines():
        understand(line)


def understand(command: str) -> None:
    """Parse the arguments of one of our programs."""
    program, *arguments = shlex.split(command)[1:]
    options = {"evaluate.py": evaluate.Evaluate, "demo/app.py": command.Options}
    if program in options:
        tyro.cli(options[program], args=arguments)
    elif arguments:
        kind, presets = {
            "retrieval": (train.Retrieval, train.RETRIEVAL_PRESETS),
            "quickdraw": (train.Quickdraw, train.DOODLE_PRESETS),
        }[arguments[0]]
        train.parse(kind, program, arguments[1:], presets)
    else:
        assert program == "train.py", "only the main job needs no arguments"


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A folder with what the README's commands name, the current one."""
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
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return tmp_path


def run(command: str, how: Run) -> int:
    """Run a command as `python` would, in this process; its exit status."""
    if "\n" in command:
        exec(compile(command, "README.md", "exec"), {"__name__": "__main__"})
        return 0
    places = {"DIR": how.data, "OUT": "out"}
    words = [places.get(word, word) for word in shlex.split(f"{command} {how.also}")[1:]]
    with pytest.raises(SystemExit) as end:
        as_main(words)
    return end.value.code or 0


def as_main(words: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if words[0] == "-m":
            patch.setattr(sys, "argv", words[1:])
            # Another test may have imported it, which `python -m` in a fresh process never has.
            patch.delitem(sys.modules, f"{words[1]}.__main__", raising=False)
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            patch.setattr(sys, "argv", words)
            runpy.run_path(str(ROOT / words[0]), run_name="__main__")


def in_order(kind: type) -> list[tuple[str, object]]:
    """What README.md has of one kind, in the order of `CHECKS`."""
    there = commands(README)
    return [
        (command, how)
        for how in CHECKS.values()
        for command in there
        if isinstance(how, kind) and check_of(command) is how
    ]


def test_short_commands_run(place, capsys):
    """One story, since a command needs what those before it have made."""
    story = in_order(Run)
    assert len(story) == sum(isinstance(how, Run) for how in CHECKS.values()), "rows too many"
    for command, how in story:
        capsys.readouterr()
        status = run(command, how)
        out, error = capsys.readouterr()
        assert status == 0, f"{command}\n{out}\n{error}"
        assert how.says in out, f"{command}\n{out}"
    for command, how in in_order(Serve):
        with page(shlex.split(command)[1:]) as port:
            for program, _ in in_order(Ask) if how.asked else ():
                ask(program, port)


@contextmanager
def page(words: list[str]) -> Iterator[int]:
    """The page in a process of its own; the port where it answers."""
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


def ask(program: str, port: int) -> None:
    assert ":7860" in program, "the port of a page that was told none"
    program = program.replace(":7860", f":{port}") + "\nprint(sorted(each['id'] for each in found))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    photos = sorted(photo.stem for photo in Path("my_photos").iterdir())
    assert done.stdout.splitlines()[-1] == str(photos)
