"""Who is meant of those whose faces were found: chosen where it is not clear, or changed at any time."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Label, Static

from engine.files.safe_open import leads_out
from engine.project.folder import ProjectFolder
from engine.project.persons import Person, PersonsSeen, choose_person, numbered_picture, read_persons, unclear_person
from engine.project.settings import Project
from engine.records.check import PersonSeen
from tui.messages import ChoosePerson, OpenProject, ShowPicture
from tui.screens.page import Page
from tui.screens.person import Picker
from tui.services import Services
from tui.widgets.picture import Picture

_NONE_YET = "Nobody is known yet: persons are told apart when all faces have been found."


class ChooseScreen(Page):
    """Lets a person say who of those seen is one of the two people."""

    TITLE = "Who is meant?"
    HELP = """\
Everybody whose face was found, each with a share of the area of all faces; of a face that never moves, as on a
photograph, only a tenth counts. Below are whole frames in which everybody is numbered: **z** shows them large.

Arrows or the number choose, **Enter** takes. Nothing is searched again; where somebody else was learnt before, training
begins anew. **t** turns to the other of the two people.
"""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take this person"),
        Binding("t", "turn", "Other of the two"),
        Binding("z", "zoom", "Zoom"),
        Binding("escape", "app.pop_screen", "Back"),
    ]

    class Read(Message):
        """It was read who was seen."""

        def __init__(self, project: Project, seen: PersonsSeen) -> None:
            super().__init__()
            self.project = project
            self.seen = seen

    def __init__(self, services: Services, message: ChoosePerson) -> None:
        super().__init__(services)
        self.folder = ProjectFolder(message.path)
        self._role = message.role
        self._seen = PersonsSeen()
        self._picked = 1

    def compose_body(self) -> ComposeResult:
        """Yield the question, a face each, and the whole frames."""
        yield Label("", id="choose-question", markup=False, classes="part")
        yield Static("", id="choose-words", markup=False)
        yield Vertical(id="choose-faces")
        yield Picture(id="choose-frames")

    def on_mount(self) -> None:
        """Read who was seen."""
        self.top.say(f"{self.folder.path.name} · who is meant?")
        self.look()

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def look(self) -> None:
        """Read the project, without pictures that lie elsewhere. Runs in a worker."""
        seen = read_persons(self.folder, self._role)
        own = tuple(each for each in seen.persons if not leads_out(self._picture_of(each), self.folder.path))
        self.post_message(self.Read(self.folder.load(), seen.model_copy(update={"persons": own})))

    @on(Read)
    async def on_read(self, message: Read) -> None:
        """Show whoever was seen, the one that is taken marked."""
        self._seen = message.seen
        wanted = message.project.person_of(self._role)
        is_known = wanted is not None and message.seen.of(wanted) is not None
        self._picked = wanted if wanted is not None and is_known else self._likeliest
        self.query_one("#choose-question", Label).update(f"Who is {self._role.person}?")
        self.query_one("#choose-words", Static).update(self._words())
        box = self.query_one("#choose-faces", Vertical)
        await box.remove_children()
        if message.seen.persons:
            picker = Picker(self._role, [self._card(person) for person in message.seen.persons], self._picked)
            await box.mount(picker)
            picker.focus()
        frames = numbered_picture(self.folder, self._role)
        is_ours = frames.is_file() and not leads_out(frames, self.folder.path)
        self.query_one("#choose-frames", Picture).path = frames if is_ours else None
        self.refresh_bindings()

    @on(Picker.Picked)
    def on_picked(self, message: Picker.Picked) -> None:
        """Note who is marked; nothing is changed yet."""
        self._picked = message.number

    @on(Picker.Done)
    def action_take(self) -> None:
        """Take the person who is marked."""
        if self._seen.persons:
            self._take(self._picked)

    @work(thread=True, group="change", exit_on_error=False)
    def _take(self, number: int) -> None:
        """Write down who is meant; where it is not clear of the other of the two, ask on. Runs in a worker."""
        choose_person(self.folder, self._role, number)
        question = unclear_person(self.folder, self.folder.load())
        if question is not None and question.role is self._role.other:
            self.app.call_from_thread(self.action_turn)
        else:
            self.post_message(OpenProject(self.folder.path, is_restarted=True))

    def action_turn(self) -> None:
        """Show who was seen in the media of the other of the two."""
        self._role = self._role.other
        self.look()

    def action_zoom(self) -> None:
        """Show the whole frames over the whole screen."""
        frames = self.query_one("#choose-frames", Picture).path
        if frames is not None:
            self.post_message(ShowPicture("who is who", frames))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        return bool(self._seen.persons) or action not in ("take", "zoom")

    @property
    def _likeliest(self) -> int:
        return self._seen.heaviest.number if self._seen.persons else 1

    def _words(self) -> str:
        if not self._seen.persons:
            return _NONE_YET
        if len(self._seen.persons) == 1:
            return "Only one person was seen."
        still = [str(person.number) for person in self._seen.persons if person.is_still]
        words = "Arrows or the number choose, Enter takes. The share is that of the area of all faces."
        return f"{words} Never moving, as a photograph: {', '.join(still)}." if still else words

    def _picture_of(self, person: Person) -> Path:
        return self.folder.face_pictures_of(self._role) / person.picture

    def _card(self, person: Person) -> PersonSeen:
        return PersonSeen(
            number=person.number,
            share=person.weight,
            weight=person.weight,
            faces=person.faces,
            thumbnail=self._picture_of(person),
        )
