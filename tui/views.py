"""The way to the screens that show what there is of a project."""

from __future__ import annotations

from textual import on

from tui import messages
from tui.screens.registry import pictures, screen
from tui.services import Services
from tui.typeahead import OrderedKeys


class Views(OrderedKeys):
    """Shows them over the screen in view."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services

    @on(messages.OpenResult)
    def on_open_result(self, message: messages.OpenResult) -> None:
        """Show what came out, in place of the progress."""
        self.switch_screen(screen("result:ResultScreen")(self.services, message.path))

    @on(messages.OpenFaces)
    def on_open_faces(self, message: messages.OpenFaces) -> None:
        """Look through the faces."""
        self.push_screen(screen("faces:FacesScreen")(self.services, message.path))

    @on(messages.ChoosePerson)
    def on_choose_person(self, message: messages.ChoosePerson) -> None:
        """Let somebody say who is meant."""
        self.push_screen(screen("choose:ChooseScreen")(self.services, message))

    @on(messages.ExplainStage)
    def on_explain_stage(self, message: messages.ExplainStage) -> None:
        """Show step by step what happens in a stage."""
        self.push_screen(screen("explain:ExplainScreen")(self.services, message.stage, message.project))

    @on(messages.ShowLog)
    def on_show_log(self, message: messages.ShowLog) -> None:
        """Show the log."""
        self.push_screen(screen("log:LogScreen")(self.services, message.path))

    @on(messages.ShowPicture)
    def on_show_picture(self, message: messages.ShowPicture) -> None:
        """Show a picture over the whole screen."""
        self.push_screen(screen("zoom:Zoom")(self.services, message))

    @on(messages.OpenPictures)
    def on_open_pictures(self, message: messages.OpenPictures) -> None:
        """Show the pictures of one person; those of the other give way."""
        show = self.switch_screen if message.is_turn else self.push_screen
        show(pictures(message.role)(self.services, message.media))
