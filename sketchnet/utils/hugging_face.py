"""Runs on the Hugging Face Hub: `hf://user/name` wherever a run is named.

Only the files that a run consists of are downloaded or uploaded, none of which is executed. They
are checked when they are opened, like those of any other run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sketchnet.utils.errors import InputError

RUN_FILES = [
    "config.json", "model.keras", "drawings.json", "querybank.npz", "history.csv", "metrics.json",
    "gallery/*.json", "gallery/*.npy", "gallery/*.npz", "gallery/*.sqlite",
    "gallery/thumbnails/*", "README.md",
]  # fmt: skip
CARD = "CARD.md"

_ADDRESS = re.compile(r"hf:/{1,2}([\w.-]+/[\w.-]+)/?$")  # a Path makes one slash of two


def repository_of(name: str | Path) -> str | None:
    """The repository "user/name" that an `hf://` address names; None for other names.

    Raises InputError where the address is not complete.
    """
    if not str(name).startswith("hf:"):
        return None
    found = _ADDRESS.match(str(name))
    if found is None:
        raise InputError("an address like hf://user/name", name)
    return found[1]


@cache
def download_run(repository: str) -> Path:
    """Download the files of a run, those that changed, into the cache of the Hub.

    Without a connection the files in the cache are used. Raises InputError where there are none,
    and where the repository does not exist.

    Returns: the folder of the run.
    """
    from huggingface_hub import snapshot_download  # 0.5 s, which other runs need not wait for

    with _readable_errors(repository):
        folder = snapshot_download(
            repository, allow_patterns=RUN_FILES, endpoint=os.environ.get("HF_ENDPOINT")
        )
    if not (Path(folder) / "config.json").is_file():
        raise InputError(f"a run in hf://{repository}", "no config.json")
    return Path(folder)


def upload_run(run: Path, repository: str, *, private: bool = False) -> str:
    """Upload a run, its card as README.md. Needs a login (`hf auth login`) or `HF_TOKEN`.

    Args:
        run: its folder.
        repository: "user/name", created where it is missing.
        private: create it as a private one.

    Returns: the address of the commit. Raises InputError where the Hub refuses.
    """
    from huggingface_hub import HfApi

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    with _readable_errors(repository):
        api.create_repo(repository, private=private, exist_ok=True)
        done = api.upload_folder(
            repo_id=repository,
            folder_path=run,
            allow_patterns=RUN_FILES,
            commit_message="Upload a run of sketchnet",
        )
        if (run / CARD).is_file():
            done = api.upload_file(
                path_or_fileobj=run / CARD,
                path_in_repo="README.md",
                repo_id=repository,
                commit_message="Upload the card",
            )
    return str(done.commit_url)


@contextmanager
def _readable_errors(repository: str) -> Iterator[None]:
    """Turn what the Hub's client raises into an InputError of one line."""
    from huggingface_hub import errors

    what = f"the run hf://{repository}"
    try:
        yield
    except errors.RepositoryNotFoundError:
        advice = "check the name; a private one needs `hf auth login`"
        raise InputError(what, "no such repository, or no access to it", advice) from None
    except errors.LocalEntryNotFoundError:
        advice = "connect to the network once, or name a folder"
        raise InputError(what, "no connection, and no copy in the cache", advice) from None
    except errors.HFValidationError:
        raise InputError("an address like hf://user/name", f"hf://{repository}") from None
    except Exception as error:  # which of its HTTP library's errors it lets through is not fixed
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(what, first) from None
