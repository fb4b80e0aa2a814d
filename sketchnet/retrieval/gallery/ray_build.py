"""Embed a folder of photos on a Ray cluster: read → decode → prepare → embed → write.

A row of the Ray Data pipeline is a shard (`shards`). Tasks on any machine read and prepare, one
network a machine embeds, tasks write. Ray does again what was under way on a machine that is lost;
a command that was stopped goes on with the shards that are missing. Photos, run and gallery lie
where every machine finds them under the same name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.inference.embedder import Embedder, ProgressCallback
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
    progress: ProgressCallback | None = None,
) -> Built:
    """Do what `build_gallery` does with a folder of photos, on all machines of a Ray cluster.

    Args:
        run: the run's folder, or the name of shipped weights.
        address: of the cluster (host:port, or auto for the one of this machine), or local: a
            cluster of this machine alone. Where Ray is connected already it stays so.
        size: photos of a shard.
        progress: told after every shard how many of the new photos are done.

    Raises InputError where Ray is missing or the cluster does not answer, and as `build_gallery`.
    """
    folder = runs.resolve_run(run).resolve()
    config = runs.config_of(folder)
    if not isinstance(config, RetrievalConfig):
        raise InputError(
            "a retrieval run",
            f"{folder}, which is for another task",
            "name a run of `train.py retrieval`, or `shoes`",
        )
    shards = Shards(photos, out, runs.fingerprint(folder), views, size)
    if missing := shards.missing():
        _connect(address)
        Embedder(folder)  # what serves is made here once, not on every machine at the same time
        _make(shards, missing, folder, config, progress)
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


def _make(
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
    root, folder, views = shards.root, shards.folder, shards.views  # what travels to the machines

    embed: Any = _Embed  # a class, which Ray's own types do not know of

    def prepare(row: Row) -> Row:
        prepared = prepare_shard(row["content"], root, config)
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
