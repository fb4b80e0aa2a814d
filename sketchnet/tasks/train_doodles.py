"""From files of drawings to a finished run: what `train.py quickdraw` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchnet import runs
from sketchnet.config.doodles import DoodleConfig

if TYPE_CHECKING:
    import keras

    from sketchnet.data.doodle_inputs import DoodleInputs
    from sketchnet.data.doodles import Doodles

Log = Callable[[str], None]


def train_doodles(
    config: DoodleConfig,
    data: Sequence[Path],
    run: Path,
    *,
    resume: bool = False,
    initial_weights: Path | None = None,
    log: Log = print,
) -> dict[str, Any]:
    """Learn from the drawings in `data` into the folder `run`; give the scores.

    With `resume` the training goes on after the last finished epoch, and ends with the weights
    that it would have had without the stop; more `epochs` may be asked for. `initial_weights` is
    a run whose image or stroke branch, or both, this one begins with, or a file of ImageNet weights
    (`.h5`, see `models.imagenet`). Raises InputError where that cannot be.
    """
    if resume:
        runs.check_resumed(run, config, data)
    train, validation = training_doodles(data, config)
    inputs = inputs_for(config, train)

    # Keras takes seconds to come, which a wrong folder need not wait for.
    from sketchnet.inference.doodle_embedder import save_input_spec
    from sketchnet.models.doodle_network import build_doodle_network
    from sketchnet.training.checkpoint import has_checkpoint
    from sketchnet.training.doodle_trainer import fit_doodles
    from sketchnet.training.fit import make_deterministic

    if not resume:
        runs.start_run(run, config, data, initial_weights)
    elif config != runs.config_of(run):
        runs.change_config(run, config)
    for problem in train.problems[:5]:
        log(f"skipped: {problem}")
    log(
        f"{len(train):,} drawings of {len(train.categories)} categories to train on, "
        + (f"{len(validation):,} to validate on" if validation else "none held back to validate on")
    )

    make_deterministic(config)
    n_classes = len(train.categories)
    network = build_doodle_network(config, n_classes, mixed_precision=config.mixed_precision)
    if initial_weights and not has_checkpoint(run / runs.CHECKPOINT):
        log(_transfer(network, initial_weights))
    save_input_spec(run, inputs, train.categories)
    keep = _keeper(config, n_classes, run)
    fit_doodles(network, config, inputs, train, validation, run, keep=keep, log=log)
    return _finish(run, train, validation, config, log)


def training_doodles(data: Sequence[Path], config: DoodleConfig) -> tuple[Doodles, Doodles | None]:
    """The drawings to learn from and those to validate on, with one list of categories."""
    from sketchnet.data.quickdraw import load_doodles

    chosen = load_doodles(data, config.categories or None, config.per_category or None, split="all")
    if config.without:
        chosen = chosen.without(config.without)
    kept_back = {"val": config.validate, "test": config.test}
    train = chosen.split("train", *(name for name, kept in kept_back.items() if not kept))
    return train, (chosen.split("val") or None) if config.validate else None


def inputs_for(config: DoodleConfig, train: Doodles) -> DoodleInputs:
    """How the drawings are shown to the networks of `config`."""
    from sketchnet.data.doodle_inputs import DoodleInputs
    from sketchnet.strokes.normalization import StrokeNormalization

    published = config.normalization == "published"
    fitted = StrokeNormalization() if published else StrokeNormalization.fit(train.drawings)
    return DoodleInputs(config.size, config.max_points, fitted)


def _transfer(network: keras.Model, initial_weights: Path) -> str:
    from sketchnet.models.doodle_network import transfer_branches
    from sketchnet.models.keras_applications import load_imagenet_weights

    if initial_weights.suffix == ".h5":
        return load_imagenet_weights(network, initial_weights)
    from sketchnet.models import saving

    trained = saving.load_model(runs.resolve_run(initial_weights))
    names = transfer_branches(network, trained)
    return f"initial weights: {' and '.join(names)} of {initial_weights}"


def _keeper(config: DoodleConfig, n_classes: int, run: Path) -> Callable[..., None]:
    """Saves a network into the run, always as one that computes in float32."""
    if not config.mixed_precision:
        from sketchnet.models import saving

        return lambda network, name=runs.MODEL: saving.save_model(network, run, name)
    from sketchnet.models.doodle_network import build_doodle_network

    plain = build_doodle_network(config, n_classes)

    def keep(network: keras.Model, name: str = runs.MODEL) -> None:
        plain.set_weights(network.get_weights())
        from sketchnet.models import saving

        saving.save_model(plain, run, name)

    return keep


def _finish(
    run: Path, train: Doodles, validation: Doodles | None, config: DoodleConfig, log: Log
) -> dict[str, Any]:
    """Embed the run's own gallery, and say how good it is where drawings were held back."""
    from sketchnet.inference.doodle_embedder import DoodleEmbedder
    from sketchnet.retrieval.doodle_gallery import FILE, build_doodle_gallery, save_doodle_gallery

    embedder = DoodleEmbedder(run)
    save_doodle_gallery(build_doodle_gallery(embedder, train, config.gallery), run / FILE)
    if validation is None:
        log(f"done: the run is {run}; no drawings were held back to score it on")
        return {}
    from sketchnet.evaluation.doodles import score_doodles

    report = score_doodles(run, validation, split="val", pictures=run / runs.PICTURES)
    runs.save_metrics(run, report)
    log(
        f"done: accuracy {report['accuracy@100']:.1%} finished and {report['accuracy@50']:.1%} "
        f"half drawn, {report['knn@4']:.1%} by 4 neighbours, of {report['n']} drawings in "
        f"{report['n_categories']} categories (val); the run is {run}, its pictures lie in "
        f"{run / runs.PICTURES}"
    )
    return report
