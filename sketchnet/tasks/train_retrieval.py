"""Train retrieval: from directories of sketches and photos to a finished, scored run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.data.pairs.load import load_collections
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.data.pairs.training_split import training_split
from sketchnet.imaging.views import canvas_for
from sketchnet.utils.errors import InputError

if TYPE_CHECKING:
    import keras

    from sketchnet.training.fit import SingleWorker

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
    """Train a retrieval network on the datasets `data` into the directory `run`.

    Args:
        data: dataset directories; the first is the target dataset, which alone validates and is
            scored, the others are auxiliary.
        resume: continue after the last finished epoch, to the same weights as without the
            interruption. Only the number of epochs may differ.
        initial_weights: a run or file of weights to start from, instead of `config.pretrained`.
            Where no photo has a sketch, all sketches are simulated, and `config.pretrained` stands
            for the shipped `shoes`, if they are of the same network.
        workers: host:port of every machine that trains, empty for one machine.
        worker: index of this machine among `workers`; the first, 0, writes and scores the run.

    Returns the scores on the validation split, or on the test split where nothing is held out; {}
    where there is nothing to score, and for all workers but the first. Raises InputError where
    data, settings or run do not fit.
    """
    if worker and not workers:
        raise InputError(
            f"the addresses of all workers beside --worker {worker}",
            "none",
            "add --workers HOST:PORT HOST:PORT",
        )
    if resume and worker == 0:
        runs.check_resumed(run, config, data)
    _check_teachers(config, workers)
    split = training_split(data, fold=config.fold, validate=config.validate)
    if initial_weights is None:
        initial_weights = _shipped_weights(config, has_sketches=bool(split.train.sketches))
    # Imports Keras, which takes seconds: a wrong folder is reported before.
    this_worker = _connect(workers, worker)
    if worker == 0 and not resume:
        runs.start_run(run, config, data, initial_weights)
    elif worker == 0 and config != runs.config_of(run):
        runs.change_config(run, config)
    pairs, validation = _prepare(config, split.train, split.validation, log)
    _fit(config, run, pairs, validation, split.target, initial_weights, this_worker, log)
    if worker != 0:
        return {}
    return _evaluate(run, data[:1], "val" if validation else "test", log)


def _check_teachers(config: RetrievalConfig, workers: Sequence[str]) -> None:
    """Raise InputError unless the teachers see the same pictures as the network."""
    if config.teachers and workers:
        raise InputError(
            "teachers on one machine", f"{len(workers)} workers", "leave out --workers"
        )
    for name in config.teachers:
        teacher = runs.config_of(runs.resolve_run(name))
        for field in ("size", "photo_input"):
            own, theirs = getattr(config, field), getattr(teacher, field, None)
            if own != theirs:
                raise InputError(
                    f"a teacher whose {field} is {own}",
                    f"{name}, where it is {theirs}",
                    "train it with the settings of this training, or take another run",
                )


def _shipped_weights(config: RetrievalConfig, has_sketches: bool) -> Path | None:
    """The shipped run that a training starts from; None for ImageNet or random weights."""
    if config.pretrained and not has_sketches and _same_network(config, "shoes"):
        return Path("shoes")
    return Path(config.pretrained_run) if config.pretrained_run else None


def _same_network(config: RetrievalConfig, name: str) -> bool:
    """Whether a shipped run has weights for the network of `config`."""
    shipped = runs.config_of(runs.resolve_run(name))
    fields = ("branch", "embedding_size", "photo_input", "shared", "local")
    return all(getattr(shipped, field) == getattr(config, field) for field in fields)


def _connect(workers: Sequence[str], worker: int) -> SingleWorker:
    """Return this machine's part in the training, with a connection to the others."""
    if workers:
        from sketchnet.training.distributed import MultiWorker

        return MultiWorker(workers, worker)
    from sketchnet.training.fit import SingleWorker

    return SingleWorker()


def _fit(
    config: RetrievalConfig,
    run: Path,
    pairs: PreparedPairs,
    validation: PreparedPairs | None,
    target: frozenset[str],
    initial_weights: Path | None,
    worker: SingleWorker,
    log: Log,
) -> None:
    """Train the network on `pairs`, and write it and its querybank to the run."""
    from sketchnet.evaluation.retrieval import ranking_scores
    from sketchnet.inference.embedder import Embedder
    from sketchnet.models.initial_weights import load_initial_weights
    from sketchnet.models.retrieval_network import build_retrieval_network
    from sketchnet.models.saving import network_saver
    from sketchnet.retrieval.hubness import build_querybank, delete_querybank, save_querybank
    from sketchnet.retrieval.ranker import Ranker
    from sketchnet.training.checkpoint import has_checkpoint
    from sketchnet.training.fit import make_deterministic
    from sketchnet.training.retrieval_trainer import fit_retrieval

    def querybank(embedder: Embedder) -> Any:
        return build_querybank(embedder, pairs, target, config.querybank, config.seed)

    make_deterministic(config)
    network = build_retrieval_network(config)
    in_training = Embedder((network, config))

    def score(network: keras.Model) -> dict[str, float]:
        """Scores as `evaluate.py` computes them with one view."""
        assert validation is not None
        return ranking_scores(in_training, Ranker(hubness=querybank(in_training)), validation)

    if worker.is_chief:
        delete_querybank(run)  # it belongs to the network before a resumed training
        if initial_weights and not has_checkpoint(run / runs.CHECKPOINT):
            log(f"initial weights: {load_initial_weights(network, initial_weights)}")
    float32 = build_retrieval_network(config, False) if config.mixed_precision else None
    fit_retrieval(
        network,
        config,
        pairs,
        score if validation else None,
        run,
        save=network_saver(run, float32),
        target=target,
        worker=worker,
        log=log,
    )
    if worker.is_chief and (bank := querybank(Embedder(run))) is not None:
        save_querybank(bank, run)


def _prepare(
    config: RetrievalConfig, train: Any, validation: Any, log: Log
) -> tuple[PreparedPairs, PreparedPairs | None]:
    """Prepare the pictures of both parts; None where there are no validation sketches."""

    def prepared(part: Any, read_strokes: bool = False) -> PreparedPairs:
        return prepare_pairs(
            part,
            canvas_for(config.size),
            photo_input=config.photo_input,
            edge_maps=config.edge_maps,
            line_width=config.line_width,
            read_strokes=read_strokes,
        )

    # Only photos in colour need their strokes read beforehand; edge maps are read when needed.
    pairs = prepared(train, config.photo_input == "rgb" and config.unlabelled > 0)
    held_out = prepared(validation) if validation.sketches else None
    problems = [*pairs.problems, *(held_out.problems if held_out else ())]
    if problems:
        log(
            f"{len(problems)} problems in the data, such as: {problems[0]} "
            "(`python -m sketchnet.data DIR` lists them)"
        )
    training = f"{len(pairs.sketches):,} sketches and {len(pairs.photos):,} photos to train on"
    log(
        f"{training}, {len(held_out.sketches):,} and {len(held_out.photos):,} to validate on"
        if held_out
        else f"{training}, no validation data held out"
    )
    if not len(pairs.sketches):
        log("no photo has a sketch: all sketches are simulated from the lines of the photos")
    return pairs, held_out


def _evaluate(run: Path, data: Sequence[Path], split: str, log: Log) -> dict[str, Any]:
    """Score the finished run where the data have sketches for it, and log the scores."""
    from sketchnet.evaluation.retrieval import evaluate_retrieval

    if split == "test" and not load_collections(data).subset("test").sketches:
        log(f"done: the run is {run}; there are no held-out sketches to score it on")
        return {}
    report = evaluate_retrieval(run, list(data), split, pictures=run / runs.PICTURES)
    runs.save_metrics(run, report)
    log(
        f"done: acc@1 {report['acc@1']:.1%}, acc@10 {report['acc@10']:.1%} of "
        f"{report['n_queries']} queries among {report['n_gallery']} photos ({split}); "
        f"the run is {run}, its pictures are in {run / runs.PICTURES}"
    )
    return report
