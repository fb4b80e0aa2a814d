"""AdamW with a lower learning rate for some layers, such as a pretrained trunk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="sketchnet")
class LayerwiseAdamW(keras.optimizers.AdamW):
    """AdamW (Loshchilov & Hutter, 2019) whose learning rate may differ between layers.

    Weight decay is not scaled: like the rate of the other layers it follows the schedule.
    """

    def __init__(self, *arguments: Any, slow: Mapping[str, float] | None = None, **options: Any):
        """Args:
        slow: names of layers, and the fraction of the learning rate that all weights inside of
            them have.
        """
        super().__init__(*arguments, **options)
        self.slow = dict(slow or {})

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        # TensorFlow passes its own variable here, which does not know the path of Keras' one.
        path = self._trainable_variables[self._get_variable_index(variable)].path.split("/")
        fraction = next((self.slow[name] for name in path if name in self.slow), 1.0)
        super().update_step(gradient, variable, learning_rate * fraction)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "slow": self.slow}
