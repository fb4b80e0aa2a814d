"""Train doodles: from files of drawings to a finished, scored run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.config.doodles import DoodleConfig
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.doodles import Doodles, joined
from sketchnet.data.hash_split import SPLITS
from sketchnet.data.quickdraw import load_doodles
from sketchnet.data.traced_bitmaps import with_traced_bitmaps, without_copies
from sketchnet.strokes.normalization import StrokeNormalization

Log = Callable[[str], None]

_HELD_OUT_BY = {"val": "validate", "test": "test"}  # the setting that holds out each split


def train_doodles(
    config: DoodleConfig,
    data: Sequence[Path],
    run: Path,
    *,
    resume: bool = False,
    initial_weights: Path | None = None,
    log: Log = print,
) -> dict[str, Any]:
    """Train a doodle network on the drawings in `data` into the directory `run`.

    Args:
        data: directories or files of Quick, Draw! drawings in any published form.
        resume: continue after the last finished epoch, to the same weights as without the
            interruption. Only the number of epochs may differ.
        initial_weights: a run whose image branch, stroke branch or both to start from, or a file
            of ImageNet weights (`.h5`, see `models.keras_applications`).

    Returns the scores on the validation split, {} where nothing is held out to validate on. Raises
    InputError where data, settings or run do not fit.
    """
    if resume:
        runs.check_resumed(run, config, data)
    train, validation = training_doodles(data, config)
    inputs = inputs_for(config, train)

    # Imported only now, since Keras takes seconds to load: a wrong folder is reported at once.
    from sketchnet.inference.calibration import calibrate_run
    from sketchnet.inference.doodle_embedder import save_input_spec
    from sketchnet.models.doodle_network import build_doodle_network
    from sketchnet.models.initial_weights import load_initial_weights
    from sketchnet.models.saving import network_saver
    from sketchnet.training.checkpoint import has_checkpoint
    from sketchnet.training.doodle_trainer import fit_doodles
    from sketchnet.training.fit import make_deterministic

    if not resume:
        runs.start_run(run, config, data, initial_weights)
    elif config != runs.config_of(run):
        runs.change_config(run, config)
    for problem in train.problems[:5]:
        log(f"skipped: {problem}")
    training = f"{len(train):,} drawings of {len(train.categories)} categories to train on"
    log(
        f"{training}, {len(validation):,} to validate on"
        if validation
        else f"{training}, no validation data held out"
    )

    make_deterministic(config)
    n_classes = len(train.categories)
    network = build_doodle_network(config, n_classes)
    if initial_weights and not has_checkpoint(run / runs.CHECKPOINT):
        log(f"initial weights: {load_initial_weights(network, initial_weights)}")
    save_input_spec(run, inputs, train.categories)
    float32 = build_doodle_network(config, n_classes, False) if config.mixed_precision else None
    save = network_saver(run, float32)
    fit_doodles(network, config, inputs, train, validation, run, save=save, log=log)
    _save_gallery(run, train, config)
    if validation:
        calibrate_run(run, validation)
    return _evaluate(run, validation, log)


def training_doodles(data: Sequence[Path], config: DoodleConfig) -> tuple[Doodles, Doodles | None]:
    """The drawings to train on and those to validate on, with one list of categories.

    Where there are drawings with strokes, these alone are validated on; bitmaps are then training
    pictures, all but those that show a drawing which is held out.
    """
    chosen = load_doodles(
        data,
        config.categories or None,
        config.per_category or None,
        pictures_per_category=config.pictures_per_category or None,
        split="all",
    )
    if config.without:
        chosen = chosen.without(config.without)
    held_out = [name for name in ("val", "test") if getattr(config, _HELD_OUT_BY[name])]
    drawn, bitmaps = _with_and_without_strokes(chosen)
    if len(drawn) and len(bitmaps):
        train = drawn.split(*(name for name in SPLITS if name not in held_out))
        kept = without_copies(bitmaps, drawn.split(*held_out)) if held_out else bitmaps
        train, source = joined(train, with_traced_bitmaps(kept)), drawn
    else:
        train, source = chosen.split(*(name for name in SPLITS if name not in held_out)), chosen
    return train, (source.split("val") or None) if config.validate else None


def _with_and_without_strokes(doodles: Doodles) -> tuple[Doodles, Doodles]:
    is_bitmap = np.isin(np.arange(len(doodles)), list(doodles.bitmaps))
    return doodles.take(np.flatnonzero(~is_bitmap)), doodles.take(np.flatnonzero(is_bitmap))


def _drawn(doodles: Doodles) -> Doodles:
    """Those with strokes; all of them, where none has strokes."""
    return _with_and_without_strokes(doodles)[0] or doodles


def inputs_for(config: DoodleConfig, train: Doodles) -> DoodleInputs:
    """The input specification of the networks of `config`."""
    published = config.normalization == "published"
    fitted = StrokeNormalization() if published else StrokeNormalization.fit(_drawn(train).drawings)
    return DoodleInputs(config.size, config.max_points, fitted)


def _save_gallery(run: Path, train: Doodles, config: DoodleConfig) -> None:
    """Embed training drawings of each category and save them with the run, for kNN.

    Bitmaps are left out where there are drawings: queries are drawn, too.
    """
    from sketchnet.inference.doodle_embedder import DoodleEmbedder
    from sketchnet.retrieval.doodle_gallery import (
        GALLERY_FILE,
        build_doodle_gallery,
        save_doodle_gallery,
    )

    gallery = build_doodle_gallery(DoodleEmbedder(run), _drawn(train), config.gallery)
    save_doodle_gallery(gallery, run / GALLERY_FILE)


def _evaluate(run: Path, validation: Doodles | None, log: Log) -> dict[str, Any]:
    """Score the finished run where drawings are held out, and log the scores."""
    if validation is None:
        log(f"done: the run is {run}")
        return {}
    from sketchnet.evaluation.doodles import score_doodles

    report = score_doodles(run, validation, split="val", pictures=run / runs.PICTURES)
    runs.save_metrics(run, report)
    log(
        f"done: accuracy {report['accuracy@100']:.1%} finished and {report['accuracy@50']:.1%} "
        f"half drawn, {report['knn@4']:.1%} by 4 neighbours, of {report['n']} drawings in "
        f"{report['n_categories']} categories (val); the run is {run}, its pictures are in "
        f"{run / runs.PICTURES}"
    )
    return report
