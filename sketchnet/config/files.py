"""The settings of a run as a JSON file."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from sketchnet.config.doodles import DoodleConfig
from sketchnet.config.renamed import rename_settings
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.utils.atomic_files import write_text_atomically
from sketchnet.utils.errors import InputError

CONFIG_VERSION = 1

# By the word of the command line. It is "quickdraw" in files and commands, "doodles" in the code.
CONFIGS: dict[str, type[RetrievalConfig] | type[DoodleConfig]] = {
    "retrieval": RetrievalConfig,
    "quickdraw": DoodleConfig,
}
Config = RetrievalConfig | DoodleConfig


def task_of(config: Config) -> str:
    """`retrieval` or `quickdraw`: the word on the command line."""
    return next(task for task, kind in CONFIGS.items() if type(config) is kind)


def config_to_json(config: Config) -> dict[str, Any]:
    """The settings as a JSON object that `config_from_json` reads back."""
    return {
        "version": CONFIG_VERSION,
        "task": task_of(config),
        "settings": dataclasses.asdict(config),
    }


def config_from_json(found: Any, source: str = "the settings") -> Config:
    """Settings from their JSON form, also under the names of the previous version.

    `source` names the file in errors. Raises InputError for a newer version, an unknown task or
    field, and unfit values.
    """
    if not isinstance(found, dict) or not isinstance(found.get("settings"), dict):
        raise InputError(
            f"an object with version, task and settings in {source}", type(found).__name__
        )
    version = found.get("version")
    if version != CONFIG_VERSION:
        raise InputError(
            f"settings of version {CONFIG_VERSION} in {source}",
            f"version {version!r}",
            "use the sketchnet that wrote them, or a newer one",
        )
    task = str(found.get("task"))
    kind = CONFIGS.get(task)
    if kind is None:
        raise InputError(f"a task among {', '.join(CONFIGS)} in {source}", repr(found.get("task")))
    settings = rename_settings(found["settings"], task)
    unknown = sorted(set(settings) - {field.name for field in dataclasses.fields(kind)})
    if unknown:
        raise InputError(
            f"the settings of {kind.__name__} in {source}",
            f"also {', '.join(unknown)}",
            "use the sketchnet that wrote them",
        )
    # JSON has no tuples.
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()
    }
    return kind(**values)


def save_config(config: Config, path: Path | str, **also: Any) -> None:
    """Write the settings to `path`, with further JSON values beside them."""
    text = json.dumps({**config_to_json(config), **also}, indent=2) + "\n"
    write_text_atomically(path, text)


def load_config(path: Path | str) -> Config:
    """Read what `save_config` wrote. Raises InputError where that is not possible."""
    return config_from_json(load_json_object(path), str(path))


def load_json_object(path: Path | str) -> dict[str, Any]:
    """The whole JSON object of a configuration file."""
    path = Path(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"settings at {path}", "no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"settings in JSON at {path}", error) from None
    if not isinstance(found, dict):
        raise InputError(f"a JSON object at {path}", type(found).__name__)
    return found
