"""Embed a folder of photos on a Ray cluster: read, decode, prepare, embed, write.

A row of the Ray Data pipeline is a shard (`shards`). Tasks on any machine read and prepare, one
network on each machine embeds, tasks write: files that become a gallery in a folder, or points of a
Qdrant collection (`qdrant_build`). Ray repeats the tasks of a machine that is lost; a command that
was stopped continues with what is missing. Photos, run and gallery must be on a file system where
every machine finds them under the same path.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.inference.embedder import Embedder, ProgressCallback
from sketchnet.retrieval.catalogue.table import Table
from sketchnet.retrieval.gallery.build import Built, Skipped
from sketchnet.retrieval.gallery.changes import Entry
from sketchnet.retrieval.gallery.qdrant_build import CollectionShards
from sketchnet.retrieval.gallery.qdrant_build import write_shard as write_shard_of_collection
from sketchnet.retrieval.gallery.qdrant_client import is_server
from sketchnet.retrieval.gallery.shards import (
    SHARD,
    Shards,
    embed_shard,
    prepare_shard,
    shard_path,
    write_shard,
)
from sketchnet.retrieval.ranker import load_ranker
from sketchnet.utils.errors import InputError

Row = dict[str, Any]


@dataclass(frozen=True)
class _Fields:
    """A piece and the fields of its photos, in a class: Ray would make columns of a dict."""

    piece: list[Entry]
    cells: dict[str, Any]


@dataclass(frozen=True)
class _Done:
    """What a shard has added and skipped."""

    added: int
    skipped: list[Skipped]


@dataclass(frozen=True)
class Written:
    """The outcome of a build into a collection.

    Attributes:
        added: number of photos that were written.
        present: number of photos that were there already.
        skipped: photos that are not in, with reasons.
        left_out: what is not a photo of the folder, one line each.
        lines: what is odd about the fields.
    """

    added: int
    present: int
    skipped: tuple[Skipped, ...]
    left_out: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def build_on_cluster(
    run: Path | str,
    photos: Path | str,
    out: Path | str,
    *,
    address: str = "auto",
    views: int = 10,
    size: int = SHARD,
    fields: Path | str | Table | None = None,
    progress: ProgressCallback | None = None,
) -> Built:
    """Build a gallery of a folder of photos as `build_gallery`, on all machines of a Ray cluster.

    Args:
        run: the run's folder, or the name of shipped weights.
        address: of the cluster (host:port, or auto for the one of this machine), or local for a
            cluster of this machine alone. An existing connection of Ray is used.
        size: photos of a shard.
        fields: a table of fields of the photos, as in `build_gallery`.
        progress: called after every shard with the number of new photos that are done, and of all.

    Raises InputError where Ray is missing or the cluster does not respond, and as `build_gallery`.
    """
    folder, config = _run_of(run)
    shards = Shards(photos, out, runs.fingerprint(folder), views, size, fields)
    if missing := shards.missing():
        _connect(address)
        Embedder(folder)  # converts the network here once, not on every machine at the same time
        _embed_shards(shards, missing, folder, config, progress)
    return shards.join()


def _run_of(run: Path | str) -> tuple[Path, RetrievalConfig]:
    folder = runs.resolve_run(run).resolve()
    config = runs.config_of(folder)
    if not isinstance(config, RetrievalConfig):
        raise InputError(
            "a retrieval run",
            f"{folder}, which is for another task",
            "name a run of `train.py retrieval`, or `shoes`",
        )
    return folder, config


def _connect(address: str) -> None:
    try:
        import ray
    except ImportError:
        raise InputError(
            "the package ray, to build on a cluster",
            "none",
            "`pip install -r requirements-scale.txt`",
        ) from None
    if ray.is_initialized():
        return
    try:
        ray.init(address, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise InputError(
            f"a Ray cluster at {address}",
            str(error).splitlines()[0],
            "start one with `ray start --head`, or pass --cluster local",
        ) from error


def build_into_collection(
    run: Path | str,
    photos: Path | str,
    url: str,
    *,
    address: str = "auto",
    views: int = 10,
    size: int = SHARD,
    fields: Path | str | Table | None = None,
    progress: ProgressCallback | None = None,
) -> Written:
    """Embed the photos of a folder that a Qdrant collection lacks, and write them there.

    Into a server the machines write; an engine in a folder has one writer, this process. Photos
    that are there already stay as they are, and no photo is removed.

    Args:
        url: `qdrant:WHERE/collection` or `qdrant-edge:FOLDER/collection`.
        address, views, size, fields, progress: as for `build_on_cluster`.

    Raises InputError as `build_on_cluster`, and where the engine does not answer.
    """
    folder, config = _run_of(run)
    embedder = Embedder(folder)
    querybank = load_ranker(embedder).hubness
    shards = CollectionShards(photos, url, embedder, querybank, views, size, fields)
    added, skipped = 0, list(shards.found.skipped)
    if shards.pieces:
        _connect(address)
        target = shards.target
        rows = [
            {"number": n, "content": piece, "fields": _Fields(piece, shards.cells_of(piece))}
            for n, piece in enumerate(shards.pieces)
        ]

        def write(row: Row, client: Any = None) -> Row:
            known, (prepared, embeddings) = row["fields"], row["content"]
            done = write_shard_of_collection(
                target, known.piece, prepared, embeddings, known.cells, client
            )
            return {"number": row["number"], "done": _Done(*done)}

        embedded = _pipeline(rows, folder, config, views)
        if is_server(url):
            written = embedded.map(write).iter_rows()
        else:  # by this process, which has the engine open
            written = (write(row, shards.client) for row in embedded.iter_rows())
        ready, total = 0, sum(map(len, shards.pieces))
        for row in written:
            added += row["done"].added
            skipped += row["done"].skipped
            ready += len(shards.pieces[row["number"]])
            if progress:
                progress(ready, total)
        shards.finish()
    return Written(added, shards.present, tuple(skipped), shards.found.left_out, shards.lines)


def _embed_shards(
    shards: Shards,
    missing: list[int],
    run: Path,
    config: RetrievalConfig,
    progress: ProgressCallback | None,
) -> None:
    rows = [{"number": n, "content": shards.pieces[n]} for n in missing]
    folder = shards.folder  # not `shards`: the functions are sent to machines

    def write(row: Row) -> Row:
        prepared, embeddings = row["content"]
        write_shard(shard_path(folder, row["number"]), prepared, embeddings)
        return {"number": row["number"]}

    total = sum(map(len, shards.pieces))
    ready = total - sum(len(shards.pieces[n]) for n in missing)
    for row in _pipeline(rows, run, config, shards.views).map(write).iter_rows():
        ready += len(shards.pieces[row["number"]])
        if progress:
            progress(ready, total)


def _pipeline(rows: list[Row], run: Path, config: RetrievalConfig, views: int) -> Any:
    """The shards, prepared and embedded: the content of a row becomes both."""
    import ray

    ray.data.DataContext.get_current().enable_progress_bars = False
    machines = sum(node["Alive"] for node in ray.nodes())
    embed: Any = _Embed  # Ray's type hints do not cover classes

    def prepare(row: Row) -> Row:
        return row | {"content": prepare_shard(row["content"], config)}

    return (
        ray.data.from_items(rows, override_num_blocks=len(rows))
        .map(prepare)
        .map(
            embed,
            fn_constructor_args=(run, views),
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=machines),
        )
    )


class _Embed:
    """The network of one machine, on all its processors."""

    def __init__(self, run: Path, views: int) -> None:
        self.embedder, self.views = Embedder(run), views

    def __call__(self, row: Row) -> Row:
        prepared = row["content"]
        embeddings = embed_shard(self.embedder, prepared, self.views)
        ready, skipped = prepared
        nothing = np.empty(0, np.uint8)  # a prepared picture is not needed any more
        ready = [replace(each, prepared=nothing) for each in ready]
        return row | {"content": ((ready, skipped), embeddings)}
