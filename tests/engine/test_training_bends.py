"""Pictures of either person bent to do what a face does, for encoder and decoder."""

import numpy as np
import pytest

from engine.arrays import STORED_SIZE
from engine.faces.reenactment.retarget import posed_shapes
from engine.model.batches import MAPS, TrainingFaces
from engine.stages.training.bends import BentPictures, Person
from tests.learning import mesh


def person(colour: int, traits: list[float], *, hidden: int | None = None, moments: list[int] | None = None) -> Person:
    """A person in shades of one colour, all of whose faces have the same points."""
    count = len(traits)
    pictures = np.full((count, 64, 64, 3), colour, np.uint8) + np.arange(count, dtype=np.uint8)[:, None, None, None]
    maps = np.full((count, 8, 8, MAPS), 255, np.uint8)
    faces = TrainingFaces(pictures, maps, np.column_stack([traits, traits, traits]).astype(np.float32))
    points = np.zeros((478, 3), np.float32)
    points[:468] = mesh(STORED_SIZE * 0.8)
    points[468:] = points[:10]
    may_be_shown = np.arange(count) != (-1 if hidden is None else hidden)
    seen = np.array(moments or range(0, 100 * count, 100), np.int64)
    shapes = posed_shapes([points[:468]] * count, np.stack([points] * count))
    return Person(faces, shapes, np.zeros((count, 52), np.float32), seen, may_be_shown)


def shade(picture: np.ndarray) -> int:
    return round(float(picture.mean()))


def test_the_other_person_is_shown_as_in_the_most_alike_picture() -> None:
    bends = BentPictures(person(50, [0, 5, 9]), person(150, [8, 1]))
    assert [shade(bends.target_doing(index)) for index in range(3)] == [151, 150, 150]
    assert [shade(bends.source_doing(index)) for index in range(2)] == [52, 50]


def test_a_picture_that_may_not_be_shown_is_never_shown_in_the_place_of_another() -> None:
    bends = BentPictures(person(50, [0, 5, 9], hidden=0), person(150, [0, 1]))
    assert shade(bends.source_doing(0)) == 51


@pytest.mark.parametrize("face", range(4))
def test_a_reference_is_another_picture_of_the_source_from_another_moment(face: int) -> None:
    source = person(50, [0, 0, 1, 9, 2, 3, 4], moments=[0, 5, 100, 200, 300, 400, 500])
    bends = BentPictures(source, person(150, [0]))
    random = np.random.default_rng(0)
    shown = [shade(bends.reference(face, random)) - 50 for _ in range(60)]
    near = [number for number in shown if abs(source.moments[number] - source.moments[face]) < 12]
    assert near == []
    assert len(set(shown)) > 1


def test_the_source_does_what_a_face_of_the_target_does_in_two_of_the_most_alike_pictures() -> None:
    bends = BentPictures(person(50, [0, 0.1, 0.2, 0.3, 5, 9]), person(150, [0, 9]))
    random = np.random.default_rng(0)
    acted = [bends.acted(0, random) for _ in range(20)]
    assert {shade(each.picture) for each in acted} | {shade(each.reference) for each in acted} == {50, 51, 52, 53}
    assert acted[0].maps.shape == (8, 8, MAPS)


def test_faces_that_are_held_out_get_the_most_alike_pictures_as_references() -> None:
    source = person(50, [0, 5, 9])
    bends = BentPictures(source, person(150, [8, 1]))
    assert [shade(each) for each in bends.references_of_target(person(150, [9, 4]))] == [52, 51]
    held_out = person(50, [4, 1], moments=[950, 2000])
    assert [shade(each) for each in bends.references_of_source(held_out)] == [51, 50]
