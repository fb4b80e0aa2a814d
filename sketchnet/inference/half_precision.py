"""Store a network's kernels as float16, which halves its file; it still computes in float32.

The result is an ordinary `.keras` file: Keras casts the stored numbers to the float32 variables
that the network's configuration declares, so no other code has to know.
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

    Vectors (biases, scales and statistics of normalisation layers) keep float32: they are small,
    and float16 would lose small variances. So do kernels with values beyond the range of float16.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(content, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            new.writestr(member, _halve_weights(data) if member.filename == WEIGHTS else data)
    write_atomically(target, lambda file: file.write(content.getbuffer()))


def _halve_weights(weights: bytes) -> bytes:
    import h5py  # only to ship weights

    content = io.BytesIO()
    with h5py.File(io.BytesIO(weights), "r") as old, h5py.File(content, "w") as new:

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset):
                new.create_dataset(name, data=_to_float16(item[...]))
            else:
                new.require_group(name)
            new[name].attrs.update(item.attrs)

        old.visititems(copy)
    return content.getvalue()


def _to_float16(array: np.ndarray) -> np.ndarray:
    if array.dtype != np.float32 or array.ndim < 2 or np.abs(array).max() > np.finfo("f2").max:
        return array
    return array.astype(np.float16)
