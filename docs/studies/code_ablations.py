"""Retrieval ablations that need other code: networks, losses, batches. Else as `ablations.py`.

`python docs/studies/code_ablations.py DATA RUNS [--folds N] [--width N] [--epochs N] [--only NAME
…]` trains one after the other. What wins here moves into the package; what does not stays here.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import ablation_batches as batches
import ablation_losses as losses
import ablation_networks as networks
import keras
import numpy as np
from ablations import AUXILIARY, EPOCHS, PRESET, TABLE_SCORES, TARGET, WIDTH, synthetic_shoes
from training_grid import SCORES, Recipe, markdown_table

from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.data.pair_batches import PairBatches
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.data.pairs.training_split import training_split
from sketchnet.evaluation import embedded_split
from sketchnet.evaluation.retrieval import evaluate_retrieval, ranking_scores
from sketchnet.imaging.views import canvas_for
from sketchnet.inference.embedder import Embedder
from sketchnet.models.initial_weights import load_initial_weights
from sketchnet.models.retrieval_network import build_retrieval_network
from sketchnet.models.saving import load_model
from sketchnet.retrieval.hubness import build_querybank
from sketchnet.retrieval.ranker import Ranker
from sketchnet.runs import MODEL
from sketchnet.training import retrieval_trainer
from sketchnet.training.fit import SingleWorker, make_deterministic
from sketchnet.training.retrieval_trainer import TripletTrainer


@dataclass(frozen=True)
class Ablation:
    """What differs from the recipe `base`."""

    name: str
    network: networks.BuildNetwork = build_retrieval_network
    shared: bool = True
    trainer: type[TripletTrainer] | None = None
    target: Sequence[str] = TARGET
    synthetic: bool = True
    """Synthetic shoes among the auxiliary datasets."""
    batches: type[PairBatches] = PairBatches
    prepare: Callable[..., PreparedPairs] = prepare_pairs


ABLATIONS = (
    Ablation("separate_norms", networks.separate_norms, shared=False),
    Ablation("attention", networks.attention),
    Ablation("average_pool", networks.average_pool),
    Ablation("local_24", networks.local_size(24)),
    Ablation("local_96", networks.local_size(96)),
    Ablation(
        "edges_and_colour",
        networks.edges_and_colour,
        shared=False,
        batches=batches.EdgesAndColour,
        prepare=batches.prepare_edges_and_colour,
    ),
    Ablation("human_triplets", trainer=losses.HumanTriplets),
    Ablation("embedding_cache", trainer=losses.EmbeddingCache),
    Ablation("self_distillation", trainer=losses.SelfDistillation),
    Ablation("one_sketch_per_photo", target=TARGET[:1]),
    Ablation("without_synthetic", synthetic=False),
    Ablation("warped_edges", batches=batches.WarpedEdges),
    Ablation("redraw_unlabelled_only", batches=batches.RedrawUnlabelledOnly),
    Ablation("redraw_labelled_photos", batches=batches.RedrawLabelledPhotos),
    Ablation("stronger_warp", batches=batches.StrongerWarp),
)


def train(ablation: Ablation, config: RetrievalConfig, data: Path, runs: Path, run: Path) -> None:
    """Train and score one ablation into the directory `run`.

    `self_distillation` needs the run `base` of the same fold as its teacher.
    """
    folders = [data / name for name in (*ablation.target, *AUXILIARY)]
    folders += [synthetic_shoes(runs)] if ablation.synthetic else []
    split = training_split(folders, fold=config.fold)
    canvas = canvas_for(config.size)
    pairs, validation = (
        ablation.prepare(part, canvas, edge_maps=config.edge_maps, line_width=config.line_width)
        for part in (split.train, split.validation)
    )

    def ranker(embedder: Embedder) -> Ranker:
        bank = build_querybank(embedder, pairs, split.target, config.querybank, config.seed)
        return Ranker(hubness=bank)

    # The package has no settings for these.
    retrieval_trainer.PairBatches = ablation.batches
    embedded_split.prepare_pairs = ablation.prepare
    embedded_split.load_ranker = ranker

    def score(found: keras.Model) -> dict[str, float]:
        embedder = Embedder((found, config))
        return ranking_scores(embedder, ranker(embedder), validation)

    best: list[np.ndarray] = []

    def keep_best(found: keras.Model, name: str = MODEL) -> None:
        if name == MODEL:
            best[:] = found.get_weights()

    make_deterministic(config)
    network = ablation.network(config)
    if config.pretrained_run:
        load_initial_weights(network, Path(config.pretrained_run))
    shutil.rmtree(run, ignore_errors=True)  # left by an interrupted training
    run.mkdir(parents=True)
    retrieval_trainer.fit_retrieval(
        network,
        config,
        pairs,
        score,
        run,
        save=keep_best,
        target=split.target,
        worker=_worker(ablation, pairs, runs / f"base-{config.fold}"),
    )
    network.set_weights(best)
    target = [data / name for name in TARGET]
    report = evaluate_retrieval(Embedder((network, config)), target, "val")
    (run / SCORES).write_text(json.dumps(report))


def _worker(ablation: Ablation, pairs: PreparedPairs, base: Path) -> SingleWorker:
    if ablation.trainer is None:
        return SingleWorker()
    argument: Any = pairs
    if ablation.trainer is losses.SelfDistillation:
        argument = load_model(base)
        argument.trainable = False
    return losses.WorkerWithTrainer(ablation.trainer, argument)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="SKETCHNET_DATA, see docs/data.md")
    parser.add_argument("runs", type=Path, help="folder that receives the runs")
    names = [ablation.name for ablation in ABLATIONS]
    parser.add_argument("--only", nargs="*", choices=names, default=names, help="rows to train")
    parser.add_argument("--folds", type=int, default=1)
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    for fold, ablation in product(range(options.folds), ABLATIONS):
        run = options.runs / f"{ablation.name}-{fold}"
        if ablation.name in options.only and not (run / SCORES).is_file():
            config = replace(
                RETRIEVAL_PRESETS[PRESET],
                epochs=options.epochs,
                width=options.width,
                fold=fold,
                shared=ablation.shared,
            )
            train(ablation, config, options.data, options.runs, run)
    recipes = [Recipe(name, "", repeats=options.folds) for name in names if name in options.only]
    print(*markdown_table(recipes, TABLE_SCORES, options.runs), sep="\n")


if __name__ == "__main__":
    main()
