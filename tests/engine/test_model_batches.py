from __future__ import annotations

import numpy as np
import pytest

from engine.arrays import RGBImage
from engine.model.batches import Acted, Batch, BatchSpec, Prefetcher, TrainingFaces, draw, view
from tests.learning import a_training_set, drawn_face, drawn_faces

PLAN = BatchSpec(seed=3, size=32, faces=4)


def arrays(batch: Batch) -> list[np.ndarray]:
    return [batch.warped, batch.faces, batch.references, batch.maps, batch.matched]


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    faces = a_training_set(drawn_faces(12), drawn_faces(9))
    first, again = draw(PLAN, 7, faces), draw(PLAN, 7, faces)
    assert all(np.array_equal(one, other) for one, other in zip(arrays(first), arrays(again), strict=True))
    for other in (draw(PLAN, 8, faces), draw(BatchSpec(seed=4, size=32, faces=4), 7, faces)):
        assert not np.array_equal(first.warped, other.warped)


def test_a_batch_holds_the_source_first_and_then_the_target() -> None:
    red, blue = drawn_faces(5, (250, 60, 60)), drawn_faces(5, (60, 60, 250))
    batch = draw(PLAN, 0, a_training_set(red, blue))
    assert batch.warped.shape == batch.faces.shape == (8, 32, 32, 3)
    assert batch.references.shape == (4, 32, 32, 3)
    assert batch.maps.shape == (8, 32, 32, 3)
    middles = batch.faces[:, 16, 16].astype(int)
    assert (middles[:4, 0] > middles[:4, 2]).all()
    assert (middles[4:, 0] < middles[4:, 2]).all()


class Marked:
    """Shows a black picture in a source's face's place, and a white one in a target's."""

    def target_doing(self, source_face: int) -> RGBImage:
        return np.zeros((80, 80, 3), np.uint8)

    def source_doing(self, target_face: int) -> RGBImage:
        return np.full((80, 80, 3), 255, np.uint8)

    def reference(self, source_face: int, random: np.random.Generator) -> RGBImage:
        return drawn_face(80, 0.5, (90, 120, 150))

    def acted(self, target_face: int, random: np.random.Generator) -> Acted:
        white = np.full((80, 80, 3), 255, np.uint8)
        return Acted(white, white, np.full((40, 40, 3), 255, np.uint8))


def test_half_of_the_faces_are_shown_as_the_other_person_and_are_to_be_predicted_as_they_are() -> None:
    grey = drawn_faces(20, (120, 120, 120))
    plain, marked = a_training_set(grey, grey), a_training_set(grey, grey, Marked())
    batches = [(draw(PLAN, step, plain), draw(PLAN, step, marked)) for step in range(40)]
    shown = np.concatenate([batch.warped.mean(axis=(1, 2, 3)) for _, batch in batches]).reshape(40, 8)
    assert 0.25 < (shown[:, :4] < 40).mean() < 0.5
    assert 0.35 < (shown[:, 4:] > 200).mean() < 0.65
    assert not (shown[:, :4] > 200).any()
    wanted = np.concatenate([batch.faces.mean(axis=(1, 2, 3)) for _, batch in batches]).reshape(40, 8)
    is_acted = wanted == 255
    assert not is_acted[:, 4:].any()
    assert (np.abs(wanted[~is_acted] - 100) < 60).all()


def test_now_and_then_the_source_s_decoder_has_to_keep_what_it_is_shown_doing_what_the_target_does() -> None:
    grey = drawn_faces(20, (120, 120, 120))
    batches = [draw(PLAN, step, a_training_set(grey, grey, Marked())) for step in range(60)]
    is_acted = np.stack([batch.faces[:4].min(axis=(1, 2, 3)) == 255 for batch in batches])
    assert 0.2 < is_acted.mean() < 0.4
    for batch, acted in zip(batches, is_acted, strict=True):
        assert (batch.references[acted] == 255).all()
        # Their latents are the target's own, and say nothing about how alike those of both people are.
        assert not batch.matched[:4][acted].any()


def test_a_reference_has_the_colours_of_the_face_it_is_for() -> None:
    grey = drawn_faces(20, (120, 120, 120))
    batch = draw(PLAN, 0, a_training_set(grey, grey, Marked()))
    inside = (batch.maps[:4, ..., 0] > 200) & (batch.faces[:4].min(axis=(1, 2, 3)) < 255)[:, None, None]
    assert np.abs(batch.references[inside].mean(axis=0) - batch.faces[:4][inside].mean(axis=0)).max() < 3


def test_the_target_s_faces_find_partners_with_the_same_expression() -> None:
    faces = a_training_set(drawn_faces(100), drawn_faces(50))
    near = faces.source.traits[faces.partners][..., 0] - faces.target.traits
    assert np.abs(near).max() < 0.3


def test_most_but_not_all_of_the_source_s_faces_are_drawn_to_match() -> None:
    faces = a_training_set(drawn_faces(100), drawn_faces(50))
    matched = np.concatenate([draw(PLAN, step, faces).matched[:4] for step in range(50)])
    assert 0.35 < matched.mean() < 0.65


def test_a_set_of_few_faces_has_few_partners() -> None:
    assert a_training_set(drawn_faces(2), drawn_faces(3)).partners.shape == (3, 2)


def test_a_face_that_is_learnt_in_part_is_nobody_s_partner() -> None:
    source = drawn_faces(30)
    source.maps[:10, 20:, :, 2] = 0
    assert a_training_set(source, drawn_faces(5)).partners.min() == 10


def test_a_view_shows_the_middle_of_the_pictures_unchanged() -> None:
    pictures = np.zeros((1, 80, 80, 3), np.uint8)
    pictures[:, 8:72, 8:72] = 200
    pictures[:, 8:72, 8:40] = 100
    maps = np.zeros((1, 40, 40, 3), np.uint8)
    maps[:, 4:36, 4:36, 0] = 255
    seen, seen_maps = view(TrainingFaces(pictures, maps, np.zeros((1, 1), np.float32)), np.arange(1), 32)
    assert (seen[0, :, :16] == 100).all()
    assert (seen[0, :, 16:] == 200).all()
    assert (seen_maps[..., 0] == 255).all()


def test_batches_drawn_ahead_come_in_the_order_of_their_steps() -> None:
    faces = a_training_set(drawn_faces(6), drawn_faces(6))
    with Prefetcher(lambda step: draw(PLAN, step, faces), first_step=5, threads=2) as batches:
        for step in range(5, 12):
            assert np.array_equal(batches.next().warped, draw(PLAN, step, faces).warped)


def test_a_failure_while_drawing_ahead_is_raised_where_the_batch_is_wanted() -> None:
    def fail(step: int) -> Batch:
        raise ValueError(f"step {step}")

    with Prefetcher(fail, first_step=2) as batches, pytest.raises(ValueError, match="step 2"):
        batches.next()


@pytest.mark.parametrize(
    ("pictures", "maps", "traits"),
    [
        ((2, 8, 9, 3), (2, 4, 4, 3), 2),
        ((2, 8, 8, 3), (2, 4, 4, 1), 2),
        ((2, 8, 8, 3), (3, 4, 4, 3), 2),
        ((0, 8, 8, 3), (0, 4, 4, 3), 0),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(
    pictures: tuple[int, ...], maps: tuple[int, ...], traits: int
) -> None:
    with pytest.raises(ValueError, match=r"must be|pictures"):
        TrainingFaces(np.zeros(pictures, np.uint8), np.zeros(maps, np.uint8), np.zeros((traits, 1), np.float32))
