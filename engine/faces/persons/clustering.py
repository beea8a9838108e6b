"""Which faces show the same person: agglomerative clustering of descriptors by mean distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.arrays import Descriptor, even_choice
from engine.faces.persons.identity import SAME_PERSON

Points = NDArray[np.float32]
Weights = NDArray[np.float64]
Numbers = NDArray[np.intp]

_AT_ONCE = 6000
"""Descriptors whose distances are all known at one time: 300 MB, and a few seconds."""

_ROWS = 512
"""Descriptors that are held against groups together."""


def cluster(
    descriptors: Sequence[Descriptor],
    weights: Sequence[int],
    border: float = SAME_PERSON,
    *,
    at_once: int = _AT_ONCE,
) -> list[int]:
    """Sort descriptors into persons.

    Nearest groups are joined first, by the mean distance between their members, until none are near enough. Unlike
    chains of neighbours this keeps two people apart whom a few in-between pictures connect.

    Of more than `at_once` descriptors that many, evenly chosen, are sorted so; each other one then goes to the group
    that is nearest by the same measure, and those that are near none are sorted among themselves, again at most that
    many at a time (after CURE, Guha, Rastogi and Shim 1998: sample, cluster, assign). Memory stays bounded, and
    every descriptor is held against every group.

    Args:
        descriptors: One a track.
        weights: Faces in each track.
        border: Mean distance from which groups stay apart.
        at_once: The most whose distances are all in memory, 8 bytes each.

    Returns:
        A person number for each descriptor: 1 for the person with the most faces, and so on.
    """
    if not descriptors:
        return []
    points, faces = np.stack(descriptors), np.asarray(weights, dtype=np.float64)
    groups: list[Numbers] = []
    left = np.arange(len(points))
    while len(left):
        is_chosen = np.zeros(len(left), bool)
        is_chosen[even_choice(len(left), at_once)] = True
        chosen, left = left[is_chosen], left[~is_chosen]
        found = [chosen[group] for group in _join_nearest(points[chosen], faces[chosen], border)]
        owners = _nearest_group(points[left], points, faces, found, border)
        groups += [np.append(group, left[owners == at]) for at, group in enumerate(found)]
        left = left[owners < 0]
    sizes = [sum(weights[member] for member in group) for group in groups]
    by_size = sorted(range(len(groups)), key=lambda at: (-sizes[at], groups[at].min()))
    numbers = np.empty(len(points), int)
    for number, at in enumerate(by_size, start=1):
        numbers[groups[at]] = number
    return [int(number) for number in numbers]


def _join_nearest(points: Points, weights: Weights, border: float) -> list[list[int]]:
    """Return groups of indices: agglomerative clustering by weighted mean distance.

    Chains of nearest neighbours are followed until two are each other's, which are joined (Murtagh 1983); since a mean
    never comes nearer than the nearer of its two, the groups are those of joining the nearest of all first.
    """
    groups: list[list[int]] = [[index] for index in range(len(points))]
    sizes = weights.copy()
    between = _distances(points, points).astype(np.float64)
    # Rounded differently to either side, two might each think the other nearer, and be followed for ever.
    np.minimum(between, between.T, out=between)
    np.fill_diagonal(between, np.inf)
    for start in range(len(points)):
        chain = [start] if groups[start] else []
        while chain:
            one = chain[-1]
            other = int(between[one].argmin())
            if not between[one, other] < border:
                # Nobody will ever come nearer.
                chain.pop()
            elif len(chain) > 1 and between[one, chain[-2]] <= between[one, other]:
                other = chain[-2]
                merged = (between[one] * sizes[one] + between[other] * sizes[other]) / (sizes[one] + sizes[other])
                merged[one] = np.inf
                between[one], between[:, one] = merged, merged
                between[other], between[:, other] = np.inf, np.inf
                sizes[one] += sizes[other]
                groups[one] += groups[other]
                groups[other] = []
                chain[-2:] = [] if len(chain) > 2 else [one]
            else:
                chain.append(other)
    return [group for group in groups if group]


def _nearest_group(
    points: Points, all_points: Points, weights: Weights, groups: Sequence[Numbers], border: float
) -> Numbers:
    """Return for each point the group that is nearest by the weighted mean distance; -1 where none is near enough."""
    owners = np.full(len(points), -1)
    if not len(points):
        return owners
    members = np.concatenate(groups)
    starts = np.cumsum([0, *(len(group) for group in groups[:-1])])
    sizes = np.add.reduceat(weights[members], starts)
    for at in range(0, len(points), _ROWS):
        apart = _distances(points[at : at + _ROWS], all_points[members])
        apart *= weights[members].astype(np.float32)
        means = np.add.reduceat(apart, starts, axis=1) / sizes
        nearest = means.argmin(axis=1)
        is_near = means[np.arange(len(means)), nearest] < border
        owners[at : at + _ROWS] = np.where(is_near, nearest, -1)
    return owners


def _distances(ones: Points, others: Points) -> NDArray[np.float32]:
    """Return the (M, N) distances of M points from N."""
    # |a - b|² = |a|² + |b|² - 2ab: the plain difference of all pairs would take 128 times the memory.
    apart: NDArray[np.float32] = (ones**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)
    apart -= 2 * ones @ others.T
    np.maximum(apart, 0, out=apart)
    return np.sqrt(apart, out=apart)
