"""Pictures of one person doing what the other does."""

import numpy as np

from engine.arrays import STORED_SIZE
from engine.faces.retarget import posed_shapes
from engine.model.batches import MAPS, TrainingFaces
from engine.stages.training.counterparts import BentCounterparts, Person
from tests.learning import mesh


def person(colour: int, traits: list[float], occluded: int | None = None) -> Person:
    """A person in one colour, all of whose faces have the same points."""
    count = len(traits)
    maps = np.full((count, 8, 8, MAPS), 255, np.uint8)
    if occluded is not None:
        maps[occluded, ..., 2] = 0
    pictures = np.full((count, 64, 64, 3), colour, np.uint8) + np.arange(count, dtype=np.uint8)[:, None, None, None]
    faces = TrainingFaces(pictures, maps, np.array(traits, np.float32)[:, None])
    points = np.zeros((478, 3), np.float32)
    points[:468] = mesh(STORED_SIZE * 0.8)
    points[468:] = points[:10]
    return Person(faces, posed_shapes([points[:468]] * count, np.stack([points] * count)))


def test_the_other_person_is_shown_as_in_the_most_alike_picture() -> None:
    counterparts = BentCounterparts(person(50, [0, 5, 9]), person(150, [8, 1]))
    assert [round(float(counterparts.of_source(index).mean())) for index in range(3)] == [151, 150, 150]
    assert [round(float(counterparts.of_target(index).mean())) for index in range(2)] == [52, 50]


def test_an_occluded_picture_is_never_shown_in_the_place_of_another() -> None:
    counterparts = BentCounterparts(person(50, [0, 5, 9], occluded=0), person(150, [0, 1]))
    assert round(float(counterparts.of_target(0).mean())) == 51
