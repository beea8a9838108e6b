"""The first two questions: who will appear, and whose face is replaced in which video."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Label

from engine.records.check import ENOUGH_FACES, FEWEST_FACES
from engine.role import Role
from tui.drafts.answers import Step
from tui.drafts.checks import Check
from tui.drafts.paths import Found
from tui.messages import CheckMedia
from tui.screens.media_page import MediaPage
from tui.screens.question import Question
from tui.terminal.ssh_lines import how_files_come
from tui.widgets.rows import Rows


class MediaQuestion(MediaPage, Question):
    """Asks for files that show one person."""

    def compose_answers(self) -> ComposeResult:
        """Yield the path and what was chosen so far."""
        yield from self.compose_media(Label("", id="bring", markup=False))

    def on_mount(self) -> None:
        """Look again at what was chosen before; where nothing was, say how files come to this machine."""
        self.look(self.chosen())
        bring = self.query_one("#bring", Label)
        bring.update(words := how_files_come())
        bring.display = bool(words) and not self.chosen()

    def seen(self) -> Check:
        """Return what the engine has seen in what was chosen."""
        return self.draft.checks.of(self.ROLE)

    def gather_into(self) -> Path:
        """Return where pictures are gathered for these answers."""
        return self.services.drafts.gather_folder(self.draft.answers)

    def chosen(self) -> tuple[Path, ...]:
        """Return what was chosen so far."""
        return self.draft.answers.media_of(self.ROLE)

    @abstractmethod
    def keep(self, found: list[Found]) -> list[Found]:
        """Put into the answers what is chosen now, and return what is left of it."""

    def take(self, found: list[Found]) -> None:
        """Add to what was chosen before."""
        listed = {each.path: each for each in self.query_one(Rows).items} | {each.path: each for each in found}
        self._choose(list(listed.values()))

    def take_gathered(self, folder: Path) -> None:
        """Add the folder of the pictures that were gathered."""
        if folder in self.chosen():
            # The same folder has more in it now.
            self.post_message(CheckMedia(self.ROLE))
        self.look((folder,))

    def take_out(self, found: Found) -> None:
        """Take a file out of the answers; the file itself stays where it is."""
        self._choose([each for each in self.query_one(Rows).items if each is not found])

    def leave(self) -> None:
        """Go to the next question, once something was chosen."""
        if self.draft.answers.media_of(self.ROLE):
            self.action_next()

    def _choose(self, found: list[Found]) -> None:
        self.query_one(Rows).show(self.keep(found))
        self.query_one("#bring").display = False
        # The engine looks, unless it looked at just these media.
        if self.seen().paths != self.draft.answers.media_of(self.ROLE):
            self.post_message(CheckMedia(self.ROLE))


class SourceQuestion(MediaQuestion):
    """Who will appear?"""

    STEP = Step.SOURCE
    ROLE = Role.SOURCE
    HEADING = "Who will appear?"
    WHY = f"A minute of video is good; of photos at least {FEWEST_FACES}, better {ENOUGH_FACES} and more."
    HELP = f"""\
**Good pictures** show one person, sharp and well lit, the face at least a tenth of the picture's height: from the
front, from both sides, looking up and down, speaking, smiling, with closed eyes. What the pictures never show, the
result cannot either. It takes at least **{FEWEST_FACES}** faces; **{ENOUGH_FACES}** and more make a good swap, and a
minute of video has more than that.

Paste or type a path (several at once, too), or drop files onto the terminal. **F2** browses, **F3** gathers pictures
from openly licensed collections. The engine looks at once, and you need not wait. **Tab** goes to the list; there,
**x** takes a file out.
"""
    LABEL = "Photos, video or folder"
    CHOOSE = "Choose photos, videos or a folder"

    def keep(self, found: list[Found]) -> list[Found]:
        """Put into the answers what is chosen now."""
        self.draft.give(sources=tuple(each.path for each in found))
        return found


class TargetQuestion(MediaQuestion):
    """Whose face is replaced, in which video?"""

    STEP = Step.TARGET
    ROLE = Role.TARGET
    HEADING = "Whose face is replaced, in which video?"
    WHY = "All else in it stays. Photos of the same person may be added: they help."
    HELP = """\
**The video** comes back as it was, but for one face. It does well where that face is seen from the front or half from
the side, sharp, and not covered by hands, cups or long hair. A cut, a turn away, or nobody in view is no harm: such
frames stay as they are. Sound, size and length stay, too.

**Photos of the same person** give the model more to learn from, where the video is short. Paste or type paths, **F2**
browses. **Tab** goes to the list; there, **x** takes a file out.
"""
    LABEL = "Video"
    CHOOSE = "Choose the video, and photos of the same person"

    def chosen(self) -> tuple[Path, ...]:
        """Return the video, and the pictures that were added."""
        return (*super().chosen(), *self.draft.answers.target_pictures)

    def keep(self, found: list[Found]) -> list[Found]:
        """Put into the answers what is chosen now; of several videos, the last one."""
        videos = [each for each in found if each.videos][-1:]
        pictures = [each for each in found if not each.videos]
        self.draft.give(
            target=videos[0].path if videos else None, target_pictures=tuple(each.path for each in pictures)
        )
        return [*videos, *pictures]
