"""Initial weights from a pre-trained network, for retrieval and doodle networks alike."""

from __future__ import annotations

from pathlib import Path

import keras

from sketchnet import runs
from sketchnet.models import saving
from sketchnet.models.fused import IMAGE_BRANCH, STROKE_BRANCH
from sketchnet.models.keras_applications import load_imagenet_weights
from sketchnet.models.sketch_a_net_weights import load_published_weights
from sketchnet.models.two_branch import branches, is_two_branch
from sketchnet.utils.errors import InputError


def load_initial_weights(network: keras.Model, path: Path) -> str:
    """Initialise a network from pre-trained weights, in place.

    Args:
        network: a retrieval network or a doodle network.
        path: what to load:
            a run of the same task: the whole retrieval network; or of a doodle network the branches
            (image, stroke) that both networks have and that agree in shape, and with both of them
            the layers up to the categories that agree in shape;
            a run of the other task: those layers of the image branch that agree in name and shape;
            a `.h5` file: ImageNet weights of the backbone (`keras_applications`);
            a `.npy` file: the published weights of Sketch-a-Net (`sketch_a_net_weights`).

    Returns:
        What was loaded, in words.

    Raises:
        InputError: the path holds no weights, or none that fit the network.
    """
    if path.suffix == ".h5":
        n_loaded = load_imagenet_weights(network, path)
        return _describe(f"{n_loaded:,} parameters of the image branch", path)
    if path.suffix == ".npy":
        reports = [load_published_weights(branch, path) for branch in image_branches(network)]
        return _describe(f"Sketch-a-Net ({reports[0]})", path)
    trained = saving.load_model(runs.resolve_run(path))
    if is_two_branch(network) and is_two_branch(trained):
        _copy_network(network, trained, path)
        return _describe("the whole network", path)
    if not is_two_branch(network) and not is_two_branch(trained):
        return _describe(" and ".join(_copy_branches(network, trained)), path)
    n_copied = _copy_layers(image_branches(network), image_branches(trained)[0])
    return _describe(f"{n_copied:,} parameters of the image branch", path)


def image_branches(network: keras.Model) -> list[keras.Model]:
    """The inner models that read pictures: one, or a sketch and a photo branch in this order.

    Raises InputError where the network reads strokes only.
    """
    if is_two_branch(network):
        return branches(network)
    if not _has(network, IMAGE_BRANCH):
        raise InputError(
            "a network with an image branch",
            "a doodle network that reads strokes only",
            "pass --image-branch, or take other initial weights",
        )
    return [network.get_layer(IMAGE_BRANCH)]


def _describe(what: str, path: Path) -> str:
    return f"{what} from {path}"


def _copy_network(network: keras.Model, trained: keras.Model, path: Path) -> None:
    """Copy all weights of a retrieval network into another of the same architecture."""
    weights = trained.get_weights()
    expected = [tuple(variable.shape) for variable in network.weights]
    if [array.shape for array in weights] != expected:
        raise InputError(
            "weights of the same network",
            f"{len(weights)} arrays in {path} where {len(expected)} are needed, or other shapes",
            "give the same --branch, --size, --embedding-size and --shared",
        )
    network.set_weights(weights)


def _copy_branches(network: keras.Model, trained: keras.Model) -> list[str]:
    """Copy the branches of the same shape that two doodle networks have; return their names.

    Where both branches are copied, the layers that join them follow.
    """
    names = [name for name in (IMAGE_BRANCH, STROKE_BRANCH) if _fits(network, trained, name)]
    if not names:
        raise InputError(
            "initial weights with a branch that this network has as well",
            "weights without one, or of other shapes",
            "give the same --image-branch or --stroke-branch, with the same --size, --lstm-units "
            "and --embedding-size",
        )
    if len(names) == 2:
        _copy_layers([network], trained)
    else:
        network.get_layer(names[0]).set_weights(trained.get_layer(names[0]).get_weights())
    return names


def _fits(network: keras.Model, trained: keras.Model, name: str) -> bool:
    """Whether both networks have this branch, with weights of the same shapes."""
    if not (_has(network, name) and _has(trained, name)):
        return False
    branches_of = (network.get_layer(name), trained.get_layer(name))
    expected, found = ([tuple(each.shape) for each in branch.weights] for branch in branches_of)
    return expected == found


def _copy_layers(targets: list[keras.Model], trained: keras.Model) -> int:
    """Copy the layers of an image branch that agree in name and shape into each of `targets`.

    Layers of another shape, such as the last one for pictures of another size, stay as they are.
    Returns the number of parameters that the first target received.
    """
    found = {layer.name: layer.get_weights() for layer in trained.layers if layer.weights}
    n_copied = []
    for target in targets:
        n_copied.append(0)
        for layer in target.layers:
            weights = found.get(layer.name, [])
            shapes = [tuple(weight.shape) for weight in layer.weights]
            if weights and [array.shape for array in weights] == shapes:
                layer.set_weights(weights)
                n_copied[-1] += layer.count_params()
    if not all(n_copied):
        raise InputError(
            "initial weights of the same image branch",
            "those of another",
            "give the run of a network with the same branch (--branch for retrieval, "
            "--image-branch for doodles) and the same --width",
        )
    return n_copied[0]


def _has(network: keras.Model, name: str) -> bool:
    return any(layer.name == name for layer in network.layers)
