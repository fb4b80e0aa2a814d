from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.imaging.prepare import canvas_for


@pytest.fixture
def ell() -> np.ndarray:
    """A prepared picture without symmetry: a thick L."""
    canvas = canvas_for(96)
    picture = np.full((canvas, canvas), 255, np.uint8)
    cv2.line(picture, (30, 20), (30, 90), 0, 3)
    cv2.line(picture, (30, 90), (80, 90), 0, 3)
    return picture
