"""Descriptors are sorted into persons, as well and in as little memory as can be."""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.arrays import Descriptor
from engine.faces.persons.clustering import cluster
from engine.faces.persons.identity import SAME_PERSON


def test_in_between_pictures_do_not_join_two_people() -> None:
    def at(place: float) -> Descriptor:
        return np.array([place, *[0.0] * 127], np.float32)

    numbers = cluster([at(x) for x in (0.0, 0.05, 0.1, 0.5, 0.9, 0.95, 1.0)], [5, 5, 5, 1, 5, 5, 5])
    assert numbers[0] != numbers[-1]


def test_nobody_is_sorted_into_nothing() -> None:
    assert cluster([], []) == []


def test_a_thousand_tracks_are_sorted_in_a_moment() -> None:
    rng = np.random.default_rng(1)
    people = rng.normal(0, 1, (5, 128)).astype(np.float32)
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    tracks = [people[i % 5] + rng.normal(0, 0.02, 128).astype(np.float32) for i in range(1000)]
    numbers = cluster(tracks, [1] * 1000)
    assert sorted(set(numbers)) == [1, 2, 3, 4, 5]
    assert all(numbers[i] == numbers[i % 5] for i in range(1000))


@pytest.mark.parametrize("seed", range(5))
def test_the_groups_are_those_of_joining_the_nearest_of_all_first(seed: int) -> None:
    descriptors, _ = faces(48, persons=2 + seed, spread=0.55, seed=seed)
    weights = np.random.default_rng(seed).integers(1, 40, 48)
    assert as_sets(cluster(descriptors, list(weights))) == nearest_first(np.stack(descriptors), weights)


def test_more_than_can_be_compared_at_once_are_sorted_the_same() -> None:
    descriptors, who = faces(1500, persons=40, spread=0.4, seed=3)
    few_at_once = cluster(descriptors, [1] * 1500, at_once=100)
    assert as_sets(few_at_once) == as_sets(who)
    assert few_at_once == cluster(descriptors, [1] * 1500)


def test_many_strangers_who_are_each_seen_twice_find_each_other_however_few_are_compared_at_once() -> None:
    descriptors, who = faces(600, persons=300, spread=0.3, seed=4)
    assert as_sets(cluster(descriptors, [1] * 600, at_once=60)) == as_sets(who)


def test_memory_does_not_grow_with_the_square_of_their_number() -> None:
    descriptors, _ = faces(8000, persons=10, spread=0.4, seed=5)
    tracemalloc.start()
    cluster(descriptors, [1] * 8000, at_once=500)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60e6  # all distances would take 512 MB


def faces(count: int, *, persons: int, spread: float, seed: int) -> tuple[list[Descriptor], list[int]]:
    """Return descriptors, strangers about 0.85 apart and pictures of one person `spread`, and who each is of."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 1, (persons, 128))
    centres *= 0.62 / np.linalg.norm(centres, axis=1, keepdims=True)
    who = [at % persons for at in range(count)]
    points = centres[who] + rng.normal(0, spread / np.sqrt(2 * 128), (count, 128))
    return list(points.astype(np.float32)), who


def as_sets(numbers: list[int]) -> set[frozenset[int]]:
    return {frozenset(at for at, each in enumerate(numbers) if each == number) for number in set(numbers)}


def nearest_first(points: NDArray[np.float32], weights: NDArray[np.int64]) -> set[frozenset[int]]:
    """Join the nearest two groups by their weighted mean distance until none are near, the plain and slow way."""
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    groups = [[at] for at in range(len(points))]

    def mean(one: list[int], other: list[int]) -> float:
        of_both = weights[one][:, None] * weights[other]
        return float((apart[np.ix_(one, other)] * of_both).sum() / of_both.sum())

    while True:
        pairs = [(mean(one, other), at, to) for at, one in enumerate(groups) for to, other in enumerate(groups[:at])]
        nearest, at, to = min(pairs)
        if nearest >= SAME_PERSON:
            return {frozenset(group) for group in groups}
        groups[to] = groups[to] + groups.pop(at)
