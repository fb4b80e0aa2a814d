"""A network's file at half the size: its large arrays kept as float16, computed with as float32.

The file is an ordinary `.keras` one. Keras takes numbers of any kind from it into variables that
are float32 as the network's configuration says, so nothing else has to know.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from sketchnet.utils.atomic_files import write_atomically

WEIGHTS = "model.weights.h5"  # in every `.keras` file


def halve(source: Path, target: Path) -> None:
    """Write the network of the `.keras` file `source` to `target` with its kernels in float16.

    Vectors (biases, the scales and statistics of norms) stay as they are: they are few, and small
    variances would be lost. A kernel that float16 cannot hold stays as well.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(content, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part, _halved(data) if part.filename == WEIGHTS else data)
    write_atomically(target, lambda file: file.write(content.getbuffer()))


def _halved(weights: bytes) -> bytes:
    import h5py

    content = io.BytesIO()
    with h5py.File(io.BytesIO(weights), "r") as old, h5py.File(content, "w") as new:

        def copy(name: str, part: h5py.Group | h5py.Dataset) -> None:
            if isinstance(part, h5py.Dataset):
                new.create_dataset(name, data=_as_half(part[...]))
            else:
                new.require_group(name)
            new[name].attrs.update(part.attrs)

        old.visititems(copy)
    return content.getvalue()


def _as_half(array: np.ndarray) -> np.ndarray:
    if array.dtype != np.float32 or array.ndim < 2 or np.abs(array).max() > np.finfo("f2").max:
        return array
    return array.astype(np.float16)
