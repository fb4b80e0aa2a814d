"""What the commands do, from folders of pictures to a finished run: the one story they tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.models.initial_weights import load_initial_weights
from sketchnet.utils.errors import InputError

if TYPE_CHECKING:
    import keras

    from sketchnet.data.pairs.collection import Collection, Photo
    from sketchnet.data.pairs.prepare import PreparedPairs
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.hubness import Querybank

Log = Callable[[str], None]


def train_retrieval(
    config: RetrievalConfig,
    data: Sequence[Path],
    run: Path,
    *,
    resume: bool = False,
    initial_weights: Path | None = None,
    workers: Sequence[str] = (),
    worker: int = 0,
    log: Log = print,
) -> dict[str, Any]:
    """Train sketch → photo on the folders `data` together, into the folder `run`; give the scores.

    The score is about the first folder: validation shoes are cut from it alone. With `resume` the
    training goes on after the last finished epoch, and ends with the weights that it would have
    had without the stop; more `epochs` may be asked for. Raises InputError where that cannot be.

    With `workers` (host:port each) it is trained by all of them, of whom this is the one at index
    `worker`; the first alone writes the run and scores it, the others return {}.
    """
    from sketchnet.data.pairs.prepare import prepare_pairs
    from sketchnet.imaging.prepare import canvas_for

    if worker and not workers:
        raise InputError(
            f"the addresses of all workers beside --worker {worker}",
            "none",
            "add --workers HOST:PORT HOST:PORT",
        )
    chief = worker == 0
    if initial_weights is None and config.pretrained_run:
        initial_weights = Path(config.pretrained_run)
    if resume and chief:
        runs.check_resumed(run, config, data)
    train, validation, first = training_data(data, config)
    # Only now, since it takes its seconds: a wrong folder is told at once.
    from sketchnet.retrieval.hubness import delete_querybank
    from sketchnet.training.checkpoint import has_checkpoint
    from sketchnet.training.fit import SingleWorker, make_deterministic
    from sketchnet.training.retrieval_trainer import fit

    together = SingleWorker()
    if workers:
        from sketchnet.training.distributed import MultiWorker

        together = MultiWorker(workers, worker)
    if chief and not resume:
        runs.start_run(run, config, data, initial_weights)
    elif chief and config != runs.config_of(run):
        runs.change_config(run, config)

    canvas = canvas_for(config.size)

    def prepared(part: Collection) -> PreparedPairs:
        return prepare_pairs(
            part, canvas, photo_input=config.photo_input, edge_maps=config.edge_maps
        )

    pairs = prepared(train)
    judges = prepared(validation) if validation.sketches else None
    problems = [*pairs.problems, *(judges.problems if judges else ())]
    if problems:
        log(
            f"{len(problems)} problems in the data, such as: {problems[0]} "
            "(`python -m sketchnet.data DIR` lists them)"
        )
    log(
        f"{len(pairs.sketches):,} sketches and {len(pairs.photos):,} photos to train on, "
        + (
            f"{len(judges.sketches):,} and {len(judges.photos):,} to validate on"
            if judges
            else "none held back to validate on"
        )
    )

    make_deterministic(config)
    network = build_network(config)
    if chief:
        delete_querybank(run)  # of the network as it was before a training that goes on
    if chief and initial_weights and not has_checkpoint(run / runs.CHECKPOINT):
        log(load_initial_weights(network, initial_weights))
    fit(
        network,
        config,
        pairs,
        judges,
        run,
        keep=_keeper(config, run),
        first=first,
        workers=together,
        log=log,
    )
    if not chief:
        return {}
    keep_querybank(run, pairs, config, first)
    return _report(run, data[:1], "val" if judges else "test", log)


def training_data(
    data: Sequence[Path], config: RetrievalConfig
) -> tuple[Collection, Collection, frozenset[str]]:
    """Pairs to learn from and to validate on, of all folders; the ids of the first one's photos.

    Validation is the first folder's own: its validation split, or a fifth of its train identities
    (none at all with `validate=False`), with its own sketches. Test splits are never learnt from.
    """
    from sketchnet.data.pairs.load import load_collection, load_collections, with_validation

    together = load_collections(data).with_origins()
    first = with_validation(load_collection(data[0]), fold=config.fold)
    own_photos = {photo.id for photo in first.photos}
    own_sketches = {sketch.id for sketch in first.sketches}
    held = {photo.id for photo in first.subset("val").photos} if config.validate else set()

    def names(photo: Photo) -> set[str]:
        # What several folders show is one photo: it counts under any of its names in the first.
        return {photo.id} | {o.id for o in photo.origins if o.collection == first.name}

    def split(photo: Photo) -> str:
        if held & names(photo):
            return "val"
        return "test" if photo.split == "test" else "train"

    together = dataclasses.replace(
        together,
        photos=tuple(dataclasses.replace(p, split=split(p)) for p in together.photos),
    )
    judges = together.subset("val")
    sketches = tuple(sketch for sketch in judges.sketches if sketch.id in own_sketches)
    sketched = {sketch.photo_id for sketch in sketches}
    photos = tuple(photo for photo in judges.photos if photo.id in sketched)
    judges = dataclasses.replace(judges, photos=photos, sketches=sketches, triplets=())
    about = frozenset(photo.id for photo in together.photos if own_photos & names(photo))
    return together.subset("train"), judges, about


def build_network(config: RetrievalConfig, mixed_precision: bool | None = None) -> keras.Model:
    """The two-branch network of a configuration, with fresh weights."""
    import keras

    from sketchnet.models.two_branch import build_two_branch

    mixed = config.mixed_precision if mixed_precision is None else mixed_precision
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16" if mixed else "float32")
    try:
        return build_two_branch(
            config.branch,
            config.size,
            photo_channels=3 if config.photo_input == "rgb" else 1,
            shared=config.shared,
            embedding_size=config.embedding_size,
            **_branch_options(config),
        )
    finally:
        keras.config.set_dtype_policy(before)


def _branch_options(config: RetrievalConfig) -> dict[str, int]:
    """What the branch's own builder is told beside the size."""
    from sketchnet.models.backbones import WITH_LOCAL_MAPS

    options: dict[str, int] = {}
    if config.branch == "compact":
        options |= {"width": config.width, "depth": config.depth}
    if config.branch in WITH_LOCAL_MAPS and not config.local:
        options["local_size"] = 0  # maps that were never trained must not take part in answers
    return options


def _keeper(config: RetrievalConfig, run: Path) -> Callable[..., None]:
    """Saves a network into the run, always as one that computes in float32."""
    if not config.mixed_precision:
        from sketchnet.models import saving

        return lambda network, name=runs.MODEL: saving.save_model(network, run, name)
    plain = build_network(config, mixed_precision=False)

    def keep(network: keras.Model, name: str = runs.MODEL) -> None:
        plain.set_weights(network.get_weights())
        from sketchnet.models import saving

        saving.save_model(plain, run, name)

    return keep


def keep_querybank(
    run: Path, pairs: PreparedPairs, config: RetrievalConfig, first: frozenset[str]
) -> None:
    """Keep sketches that a run learnt from in its folder, as its network embeds them."""
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.hubness import save_querybank

    bank = choose_querybank(Embedder(run), pairs, config, first)
    if bank is not None:
        save_querybank(bank, run)


def choose_querybank(
    embedder: Embedder, pairs: PreparedPairs, config: RetrievalConfig, first: frozenset[str]
) -> Querybank | None:
    """`config.querybank` of the sketches of the photos `first` at random, or all; None for 0.

    The others are company: sketches of other things tell nothing of these photos. Each by its
    centre view and the mirror image of that: photos may face either way.
    """
    import numpy as np

    from sketchnet.retrieval.hubness import Querybank

    about = [pairs.photo_ids[photo] in first for photo in pairs.sketch_photo]
    rows = np.random.default_rng(config.seed).permutation(np.flatnonzero(about))
    rows = rows[: config.querybank]
    if not len(rows):
        return None
    found = embedder.sketches(pairs.sketches[rows], views=1)
    faces = [face.vectors for face in (found, found.mirrored) if face is not None]
    return Querybank(np.stack(faces, axis=1).reshape(-1, faces[0].shape[1]))


def _report(run: Path, data: Sequence[Path], split: str, log: Log) -> dict[str, Any]:
    """Evaluate what was learnt, if the data have pictures for it, and say how good it is."""
    from sketchnet.data.pairs.load import load_collections
    from sketchnet.evaluation.retrieval import evaluate_retrieval

    if split == "test" and not load_collections(data).subset("test").sketches:
        log(f"done: the run is {run}; no pictures were held back to score it on")
        return {}
    report = evaluate_retrieval(run, list(data), split, pictures=run / runs.PICTURES)
    runs.save_metrics(run, report)
    log(
        f"done: acc@1 {report['acc@1']:.1%}, acc@10 {report['acc@10']:.1%} of "
        f"{report['n_queries']} queries among {report['n_gallery']} photos ({split}); "
        f"the run is {run}, its pictures lie in {run / runs.PICTURES}"
    )
    return report
