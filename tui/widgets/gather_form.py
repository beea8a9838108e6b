"""What a gathering asks: from where, of whom, how many; and, folded away, whose face and which licences."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from engine.records.gather_request import USUALLY_WANTED
from tui.drafts.gather_answers import GatherAnswers, GatherFrom, InvalidAnswer, Terms
from tui.widgets.choices import Choice, Choices
from tui.widgets.field import Field
from tui.widgets.path_field import PathField


class GatherForm(Vertical):
    """Shows the fields that the source in hand needs."""

    class Given(Message):
        """The source or the last input was given: go on."""

        def __init__(self, source: GatherFrom, *, is_source: bool) -> None:
            super().__init__()
            self.source = source
            self.is_source = is_source
            """Another source was chosen; otherwise all that is asked was answered."""

    def compose(self) -> ComposeResult:
        """Yield the fields."""
        yield Choices([_source_choice(each) for each in GatherFrom], GatherFrom.OPEN, id="provider")
        yield Field("Name or topic", id="topic", placeholder="whom to look for, or the link of a picture")
        yield Field("Links", id="links", placeholder="pasted, or a text file with one a line")
        yield PathField("Video", id="video", placeholder="paste a path; F2 browses")
        yield Field("How many", str(USUALLY_WANTED), id="count")
        with Vertical(id="gather-more"):
            yield PathField("Who it is", id="like", placeholder="photos that show them; F2 browses")
            yield Choices([_terms_choice(each) for each in Terms], Terms.ANY_PURPOSE, id="terms")

    def on_mount(self) -> None:
        """Show what openly licensed pictures need, and no more."""
        self.query_one("#gather-more").display = False
        self._show()

    @property
    def source(self) -> GatherFrom:
        """From where."""
        return GatherFrom(self.query_one("#provider", Choices).picked or GatherFrom.OPEN)

    @property
    def asked(self) -> GatherAnswers:
        """What stands there now."""
        typed = {field.id: field.value for field in self.query(Field)}
        return GatherAnswers(
            source=self.source,
            topic=typed["topic"],
            links=typed["links"],
            video=typed["video"],
            like=typed["like"],
            count=typed["count"],
            terms=Terms(self.query_one("#terms", Choices).picked or Terms.ANY_PURPOSE),
        )

    @property
    def browsed(self) -> Field | None:
        """The field that has the cursor, where it takes paths of media."""
        fields = (self.query_one(f"#{name}", Field) for name in ("video", "like"))
        return next((field for field in fields if field.has_focus_within), None)

    @property
    def has_more(self) -> bool:
        """Whether all is shown."""
        return bool(self.query_one("#gather-more").display)

    def begin(self) -> None:
        """Put the cursor where it says of whom."""
        self.query_one(f"#{self.source.subject}", Field).focus()

    def unfold(self) -> None:
        """Show whose face and which licences, or fold them away; what is given there holds either way."""
        more = self.query_one("#gather-more")
        more.display = not more.display
        if more.display:
            self.query_one("#like", Field).focus()
        elif self.screen.focused is None or more in self.screen.focused.ancestors:
            self.begin()

    def complain(self, missing: InvalidAnswer) -> None:
        """Show what is wrong beneath its field."""
        if missing.field == "like":
            self.query_one("#gather-more").display = True
        field = self.query_one(f"#{missing.field}", Field)
        field.complain(missing.words)
        field.focus()

    @on(Choices.Picked, "#provider")
    def on_source(self, event: Choices.Picked) -> None:
        """Show what this source needs."""
        event.stop()
        self._show()
        self.post_message(self.Given(self.source, is_source=True))
        if event.is_final:
            self.begin()

    @on(Choices.Picked, "#terms")
    def on_terms(self, event: Choices.Picked) -> None:
        """Go on once licences were chosen with Enter."""
        event.stop()
        if event.is_final:
            self.post_message(self.Given(self.source, is_source=False))

    @on(Field.Submitted)
    def on_enter(self, event: Field.Submitted) -> None:
        """Go to the next input, and from the last one on."""
        event.stop()
        is_last = event.field.id == ("like" if self.has_more else "count")
        if is_last and not (self.has_more and self.source is GatherFrom.OPEN):
            self.post_message(self.Given(self.source, is_source=False))
        else:
            self.screen.focus_next()

    def _show(self) -> None:
        for name in ("topic", "links", "video"):
            self.query_one(f"#{name}", Field).display = self.source.subject == name
        # Licences are known of openly licensed pictures only.
        self.query_one("#terms").display = self.source is GatherFrom.OPEN


def _source_choice(source: GatherFrom) -> Choice:
    match source:
        case GatherFrom.OPEN:
            return Choice(source, "Openly licensed", "Openverse, Wikimedia; authors are kept")
        case GatherFrom.DUCKDUCKGO:
            return Choice(source, "The whole web", "by DuckDuckGo; owners are not known")
        case GatherFrom.BING:
            return Choice(source, "The whole web", "by Bing; owners are not known")
        case GatherFrom.LINKS:
            return Choice(source, "Links", "that you have collected")
        case GatherFrom.VIDEO:
            return Choice(source, "A video", "on this machine: frames that differ")


def _terms_choice(terms: Terms) -> Choice:
    match terms:
        case Terms.ANY_PURPOSE:
            return Choice(terms, "Any purpose", "licences that allow every use")
        case Terms.NON_COMMERCIAL:
            return Choice(terms, "Also non-commercial", "more of them; not to be sold")
        case Terms.NO_CONDITIONS:
            return Choice(terms, "No conditions", "public domain only; fewer")
