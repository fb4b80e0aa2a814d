"""The `.mat` files of the first system: one array of pictures under the key `data`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.io

from sketchnet.atomic import write_atomically
from sketchnet.errors import InputError


def load_mat(path: Path) -> np.ndarray:
    """Pictures of a MATLAB 5 file, uint8 (N, H, W), black on white.

    Raises: InputError for a broken file, for MATLAB 7.3 (which is HDF5), and for anything but
    N grey pictures under `data`.
    """
    try:
        content = scipy.io.loadmat(path, variable_names=["data"])
    except NotImplementedError:
        raise InputError(
            f"expected a MATLAB 5 file; received {path.name} in the form 7.3 (HDF5); "
            "save it again with `save(..., '-v7')`"
        ) from None
    except Exception as error:  # scipy raises whatever its parser stumbles over
        raise InputError(
            f"expected a MATLAB 5 file; received {path.name}, which is broken "
            f"({type(error).__name__}); fetch it again"
        ) from None
    data = content.get("data")
    if data is None:
        raise InputError(
            f"expected pictures under the key `data`; received {path.name} without it; "
            "check that it is a sketch or edge file of QMUL v1"
        )
    if data.ndim != 3 or data.dtype.kind not in "biuf" or 0 in data.shape:
        raise InputError(
            f"expected uint8 pictures of shape (N, 256, 256); received {data.dtype} of shape "
            f"{data.shape} in {path.name}; check that it is a sketch or edge file of QMUL v1"
        )
    return _as_uint8(data)


def save_mat(path: Path, pictures: np.ndarray) -> None:
    """Write uint8 (N, 256, 256), black on white, as the first system reads them."""
    write_atomically(
        path, lambda file: scipy.io.savemat(file, {"data": pictures}, do_compression=True)
    )


def _as_uint8(data: np.ndarray) -> np.ndarray:
    """Logical arrays, which arrive as 0 and 1, and floats up to 1 become 0..255."""
    if data.dtype == np.uint8 and data.max() > 1:
        return data
    data = np.nan_to_num(data.astype(np.float32))
    scale = 255.0 if data.max() <= 1 else 1.0
    return np.clip(np.round(data * scale), 0, 255).astype(np.uint8)
