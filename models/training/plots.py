"""Plots of an evaluation: precision over recall, and which class is taken for which."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES
from models.training.score import Curve


def draw_curves(found: Mapping[str, Curve], file: Path, title: str) -> None:
    """Precision over recall of each class, as a picture."""
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(7, 5), dpi=100)
    for name, one in found.items():
        if one.boxes:
            axes.plot(one.recall, one.precision, label=f"{name} {one.ap50:.2f} ({one.boxes})")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title=title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, title="AP50 (boxes)")
    _save(plt, figure, file)


def draw_confusion(counts: NDArray[np.int64], file: Path, title: str) -> None:
    """The confusion matrix, each row shaded by its share; the figures are counts of boxes."""
    plt = _pyplot()
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(7.5, 6.5), dpi=100)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(counts > 0):
        colour = "white" if share[row, column] > 0.6 else "black"
        axes.text(
            column,
            row,
            str(counts[row, column]),
            ha="center",
            va="center",
            color=colour,
            fontsize=8,
        )
    at = range(len(counts))
    axes.set_xticks(at, [*CLASSES, "missed"], rotation=45, ha="right")
    axes.set_yticks(at, [*CLASSES, "nothing"])
    axes.set(xlabel="said", ylabel="stood there", title=title)
    _save(plt, figure, file)


def _pyplot() -> Any:  # matplotlib has no types where it is not installed
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    return plt


def _save(plt: Any, figure: Any, file: Path) -> None:  # as above
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)
