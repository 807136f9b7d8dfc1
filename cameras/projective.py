"""Homographies from a plane to a picture: fit, apply, derivatives (Hartley and Zisserman, ch. 4).

All points are (n, 2); matrices are (3, 3) with their last entry 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_STEPS = 12


def apply(matrix: Array, points: Array) -> Array:
    """Map points."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def depth(matrix: Array, points: Array) -> Array:
    """The third homogeneous coordinate (n,): it changes sign at the line that maps to infinity."""
    return np.asarray(points @ matrix[2, :2] + matrix[2, 2])


def inverse(matrix: Array) -> Array:
    """The map back."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def fit(ground: Array, image: Array, *, click_px: float, survey_m: float) -> tuple[Array, Array]:
    """The homography ground → image of least weighted squares, and its covariance.

    The covariance (8, 8) is of all entries but the last. The origin of `ground` must be in view.
    An error of the survey (metres) counts as what it makes in the picture, besides that of the
    click (pixels).
    """
    matrix = _linear(ground, image)
    for _ in range(_STEPS):
        weights = _weights(matrix, ground, click_px, survey_m)
        jacobian = jacobian_matrix(matrix, ground)
        normal = np.einsum("nik,nij,njl->kl", jacobian, weights, jacobian)
        pull = np.einsum("nik,nij,nj->k", jacobian, weights, image - apply(matrix, ground))
        matrix = matrix + np.append(_solve(normal, pull), 0.0).reshape(3, 3)
    weights = _weights(matrix, ground, click_px, survey_m)
    jacobian = jacobian_matrix(matrix, ground)
    normal = np.einsum("nik,nij,njl->kl", jacobian, weights, jacobian)
    return matrix, _solve(normal, np.eye(8))


def jacobian_ground(matrix: Array, ground: Array) -> Array:
    """Derivatives of pixels by metres (n, 2, 2)."""
    image, z = apply(matrix, ground), depth(matrix, ground)
    by = matrix[None, :2, :2] - image[:, :, None] * matrix[None, 2:, :2]
    return np.asarray(by / z[:, None, None])


def jacobian_matrix(matrix: Array, ground: Array) -> Array:
    """Derivatives of pixels by the first eight entries of the matrix (n, 2, 8)."""
    image, z = apply(matrix, ground), depth(matrix, ground)
    homogeneous = np.column_stack([ground, np.ones(len(ground))]) / z[:, None]
    by = np.zeros((len(ground), 2, 8))
    by[:, 0, 0:3] = by[:, 1, 3:6] = homogeneous
    by[:, :, 6:8] = -image[:, :, None] * homogeneous[:, None, :2]
    return by


def _weights(matrix: Array, ground: Array, click_px: float, survey_m: float) -> Array:
    to_image = jacobian_ground(matrix, ground)
    cov = click_px**2 * np.eye(2) + survey_m**2 * to_image @ to_image.swapaxes(1, 2)
    return np.asarray(np.linalg.inv(cov))


def _solve(normal: Array, right: Array) -> Array:
    """Solve with the unknowns scaled to one: they differ by many orders of magnitude."""
    scale = 1 / np.sqrt(np.diag(normal))
    scaled = normal * scale[:, None] * scale[None, :]
    if right.ndim == 1:
        return np.asarray(scale * np.linalg.solve(scaled, scale * right))
    return np.asarray(scale[:, None] * np.linalg.solve(scaled, scale[:, None] * right))


def _linear(ground: Array, image: Array) -> Array:
    """The direct linear transformation in normalised coordinates, a start for the rest."""
    to_g, to_i = _normaliser(ground), _normaliser(image)
    g, i = apply(to_g, ground), apply(to_i, image)
    g1 = np.column_stack([g, np.ones(len(g))])
    rows = np.zeros((2 * len(g), 9))
    rows[0::2, 0:3] = rows[1::2, 3:6] = g1
    rows[0::2, 6:9], rows[1::2, 6:9] = -i[:, :1] * g1, -i[:, 1:] * g1
    matrix = np.linalg.inv(to_i) @ np.linalg.svd(rows)[2][-1].reshape(3, 3) @ to_g
    return np.asarray(matrix / matrix[2, 2])


def _normaliser(points: Array) -> Array:
    mean = points.mean(axis=0)
    scale = np.sqrt(2) / np.sqrt(((points - mean) ** 2).sum(axis=1)).mean()
    return np.array([[scale, 0, -scale * mean[0]], [0, scale, -scale * mean[1]], [0, 0, 1.0]])
