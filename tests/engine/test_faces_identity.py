import json

import numpy as np
import pytest

from engine.arrays import Descriptor
from engine.faces.detection.track import faces_in
from engine.faces.models import describer, detector_and_mesh
from engine.faces.persons.clustering import cluster
from engine.faces.persons.identity import SAME_PERSON, distance
from tests.real_faces import DESCRIBED_BY_DLIB, DLIB_DESCRIPTORS, frames_of


@pytest.fixture(scope="module")
def descriptors() -> dict[str, list[Descriptor]]:
    (detector, mesh), describe = detector_and_mesh(), describer().describe
    found: dict[str, list[Descriptor]] = {}
    for name, (clip, indices) in DESCRIBED_BY_DLIB.items():
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


def test_descriptors_are_those_that_dlib_gives(descriptors: dict[str, list[Descriptor]]) -> None:
    wanted = json.loads(DLIB_DESCRIPTORS.read_text())
    apart = [
        distance(one, np.array(other, np.float32))
        for name, found in descriptors.items()
        for one, other in zip(found, wanted[name], strict=True)
    ]
    assert len(apart) == 6
    assert max(apart) < 0.005
