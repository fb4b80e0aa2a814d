"""Embed a folder of photos on a Ray cluster: read, decode, prepare, embed, write.

A row of the Ray Data pipeline is a shard (`shards`). Tasks on any machine read and prepare, one
network on each machine embeds, tasks write. Ray repeats the tasks of a machine that is lost; a
command that was stopped continues with the shards that are missing. Photos, run and gallery must
be on a file system where every machine finds them under the same path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.inference.embedder import Embedder, ProgressCallback
from sketchnet.retrieval.catalogue.table import Table
from sketchnet.retrieval.gallery.build import Built
from sketchnet.retrieval.gallery.shards import (
    SHARD,
    Shards,
    embed_shard,
    prepare_shard,
    shard_path,
    write_shard,
)
from sketchnet.utils.errors import InputError

Row = dict[str, Any]


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
    folder = runs.resolve_run(run).resolve()
    config = runs.config_of(folder)
    if not isinstance(config, RetrievalConfig):
        raise InputError(
            "a retrieval run",
            f"{folder}, which is for another task",
            "name a run of `train.py retrieval`, or `shoes`",
        )
    shards = Shards(photos, out, runs.fingerprint(folder), views, size, fields)
    if missing := shards.missing():
        _connect(address)
        Embedder(folder)  # converts the network here once, not on every machine at the same time
        _embed_shards(shards, missing, folder, config, progress)
    return shards.join()


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
        ray.init(None if address == "local" else address, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise InputError(
            f"a Ray cluster at {address}",
            str(error).splitlines()[0],
            "start one with `ray start --head`, or pass --cluster local",
        ) from error


def _embed_shards(
    shards: Shards,
    missing: list[int],
    run: Path,
    config: RetrievalConfig,
    progress: ProgressCallback | None,
) -> None:
    import ray

    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = [{"number": n, "content": shards.pieces[n]} for n in missing]
    machines = sum(node["Alive"] for node in ray.nodes())
    folder, views = shards.folder, shards.views  # not `shards`: the functions are sent to machines

    embed: Any = _Embed  # Ray's type hints do not cover classes

    def prepare(row: Row) -> Row:
        prepared = prepare_shard(row["content"], config)
        return row | {"content": prepared}

    def write(row: Row) -> Row:
        prepared, embeddings = row["content"]
        write_shard(shard_path(folder, row["number"]), prepared, embeddings)
        return {"number": row["number"]}

    done = (
        ray.data.from_items(rows, override_num_blocks=len(rows))
        .map(prepare)
        .map(
            embed,
            fn_constructor_args=(run, views),
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=machines),
        )
        .map(write)
    )
    total = sum(map(len, shards.pieces))
    ready = total - sum(len(shards.pieces[n]) for n in missing)
    for row in done.iter_rows():
        ready += len(shards.pieces[row["number"]])
        if progress:
            progress(ready, total)


class _Embed:
    """The network of one machine, on all its processors."""

    def __init__(self, run: Path, views: int) -> None:
        self.embedder, self.views = Embedder(run), views

    def __call__(self, row: Row) -> Row:
        prepared = row["content"]
        embeddings = embed_shard(self.embedder, prepared, self.views)
        return row | {"content": (prepared, embeddings)}
