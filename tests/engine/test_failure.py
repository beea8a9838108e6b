"""A failure keeps its kind and its role from where it is raised to whoever shows it."""

import pickle

import pytest

from engine.errors import MediaError, NoFacesFound, OutOfMemory, UnderstudioError, concerning
from engine.records.events import FailedEvent, parse_event
from engine.records.failure import Failure
from engine.role import Role

ERROR = NoFacesFound("No face was found.", "Put photos there.", role=Role.TARGET)


def test_an_error_comes_back_from_another_process_as_it_was() -> None:
    event = parse_event(FailedEvent.of(ERROR).model_dump_json())
    assert isinstance(event, FailedEvent)
    again = event.error()
    assert type(again) is NoFacesFound
    assert (again.title, again.hint, again.role) == (ERROR.title, ERROR.hint, Role.TARGET)


def test_an_error_of_a_worker_keeps_its_role() -> None:
    again = pickle.loads(pickle.dumps(ERROR))
    assert isinstance(again, NoFacesFound)
    assert (again.title, again.hint, again.role) == (ERROR.title, ERROR.hint, Role.TARGET)


def test_a_failure_is_of_its_class_and_of_those_above_it() -> None:
    failure = Failure.of(ERROR)
    assert failure.is_a(NoFacesFound)
    assert failure.is_a(MediaError)
    assert failure.is_a(UnderstudioError)
    assert not failure.is_a(OutOfMemory)
    assert not Failure.bug("A crash.", "See the log.").is_a(UnderstudioError)


def test_a_kind_that_a_later_version_wrote_is_still_an_error() -> None:
    error = Failure(kind="SomethingNew", title="New.", hint="Wait.").error()
    assert type(error) is UnderstudioError


def test_what_says_itself_whom_it_is_about_keeps_that() -> None:
    for raised, role in ((ERROR, Role.TARGET), (MediaError("It is damaged.", "Leave it out."), Role.SOURCE)):
        with pytest.raises(MediaError) as caught, concerning(Role.SOURCE):
            raise raised
        assert caught.value.role is role


def test_a_status_of_the_version_before_is_read() -> None:
    said = b'{"event": "failed", "kind": "NoFacesFound", "title": "No face.", "hint": "Add some."}'
    event = parse_event(said)
    assert isinstance(event, FailedEvent)
    assert event.role is None
