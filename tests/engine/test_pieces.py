from hypothesis import given
from hypothesis import strategies as st

from engine.stages.pieces import pieces


@given(st.integers(1, 5000), st.integers(1, 9), st.lists(st.integers(0, 5000), max_size=30), st.integers(30, 400))
def test_pieces_hold_every_frame_once_and_in_order(count: int, step: int, keys: list[int], length: int) -> None:
    frames = range(0, count, step)
    cut = pieces(frames, sorted(keys), length, 24)
    assert [frame for piece in cut for frame in piece] == list(frames)
    assert all(0 < len(piece) <= 15 * length for piece in cut)


def test_pieces_are_such_that_decoding_for_the_run_up_begins_at_a_key_frame() -> None:
    starts = [piece.start for piece in pieces(range(1000), [0, 250, 500, 750], 240, 24)]
    assert starts == [0, 274, 524, 774]


def test_where_no_key_frame_is_near_pieces_are_of_one_length() -> None:
    starts = [piece.start for piece in pieces(range(1000), [0, 400], 100, 4)]
    assert starts == [0, 100, 200, 300, 404, 504, 604, 704, 804, 904]


def test_the_further_all_must_be_decoded_from_the_longer_pieces_are_up_to_a_bound() -> None:
    lengths = [len(piece) for piece in pieces(range(9000), [0], 100, 4)]
    assert lengths[:5] == [100] * 5
    assert lengths[:-1] == sorted(lengths[:-1])
    assert max(lengths[:-1]) == 500


def test_of_ten_thousand_frames_without_key_frames_ten_are_decoded_for_one() -> None:
    decoded = sum(piece.stop for piece in pieces(range(10_000), [0], 120, 4))
    assert decoded < 10 * 10_000
