import numpy as np
import pytest

from engine.arrays import Descriptor
from engine.faces.identity import SAME_PERSON, cluster, distance
from engine.faces.models import describer, detector_and_mesh
from engine.faces.track import faces_in
from tests.real_faces import MAN, WOMAN, frames_of


@pytest.fixture(scope="module")
def descriptors() -> dict[str, list[Descriptor]]:
    (detector, mesh), describe = detector_and_mesh(), describer().describe
    found: dict[str, list[Descriptor]] = {}
    for name, clip, indices in (("woman", WOMAN, range(0, 400, 190)), ("man", MAN, range(0, 1200, 400))):
        images = frames_of(clip, indices)
        faces = [faces_in(mesh, image, detector.find(image))[0] for image in images]
        found[name] = [describe(i, face.landmarks) for i, face in zip(images, faces, strict=True)]
    return found


def test_one_person_is_near_and_another_far(descriptors: dict[str, list[Descriptor]]) -> None:
    woman, man = descriptors["woman"], descriptors["man"]
    assert max(distance(woman[0], other) for other in woman[1:]) < SAME_PERSON
    assert max(distance(man[0], other) for other in man[1:]) < SAME_PERSON
    assert min(distance(one, other) for one in woman for other in man) > 0.75
    assert np.linalg.norm(woman[0]) == pytest.approx(1, abs=0.5)


def test_the_person_with_the_most_faces_is_number_one(descriptors: dict[str, list[Descriptor]]) -> None:
    both = [*descriptors["woman"], *descriptors["man"]]
    women, men = len(descriptors["woman"]), len(descriptors["man"])
    assert cluster(both, [1] * women + [10] * men) == [2] * women + [1] * men
    assert cluster(both, [10] * women + [1] * men) == [1] * women + [2] * men


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
