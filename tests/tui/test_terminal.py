"""The wizard in a real terminal: tmux, real keys, the real engine and daemon; the terminal is killed on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from daemon.status import State
from engine.project.folder import ProjectFolder
from engine.role import Role
from tests.real_faces import MAN, WOMAN
from tests.swaps import cut_clip
from tests.tui import scenes
from tests.tui.terminal import Terminal, until
from tui.drafts.answers import Answers, Step
from tui.drafts.store import DraftStore
from tui.services import local_now

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "understudio", f"understudio-{os.getpid()}")
    yield terminal
    terminal.close()
    holder = tmp_path / "understudio" / ".understudio" / "daemon.json"
    if holder.exists():
        os.kill(json.loads(holder.read_text())["pid"], signal.SIGTERM)
        until(lambda: not holder.exists())


def is_of_an_adult(role: Role, answers: Answers) -> bool:
    return answers.consent_of(role).is_adult


class Journey:
    """What a person does in a terminal that dies on every screen, and what they find again."""

    def __init__(self, terminal: Terminal, workspace: Path) -> None:
        self.terminal = terminal
        self._drafts = DraftStore(workspace)

    def begin(self) -> None:
        self.terminal.open()
        self.terminal.see("Welcome.")
        self.terminal.kill()
        self.terminal.open()
        self.terminal.see("Welcome.")
        self.terminal.press("n")

    def lose_question(self, words: str, kept: Callable[[Answers], object] = bool) -> None:
        """Kill the terminal once these answers are kept; go on at the same question, which shows `words`."""
        until(lambda: any(kept(answers) for answers in self._drafts.all()))
        self.terminal.kill()
        self.terminal.open()
        self.terminal.see("questions open")
        self.terminal.press("Enter")
        self.terminal.see(words)

    def lose_over_question(self, words: str, **opened: str) -> None:
        """Kill the terminal while something lies over the question."""
        for key, title in opened.items():
            self.terminal.press(key)
            self.terminal.see(title)
            self.lose_question(words)

    def start(self, words: str) -> None:
        """Start the project, and wait for what is said then; the looks at its media need not be over."""
        self.terminal.press("C-n")
        if words not in self.terminal.see("Start all the same?", words):
            self.terminal.press("y")
            self.terminal.see(words)

    def lose_gathering(self, words: str, video: Path) -> None:
        """Kill the terminal while pictures are gathered from a video."""
        self.terminal.press("F3")
        self.terminal.see("Gather pictures of")
        self.terminal.press("BTab", "5")
        self.terminal.paste(str(video))
        self.terminal.press("C-n")
        until(lambda: any("gather" in child.cmdline() for child in self.terminal.children()))
        self.lose_question(words)

    def lose_over_home(self, words: str) -> None:
        """Kill the terminal while home asks whether to throw the answers away."""
        self.terminal.kill()
        self.terminal.open()
        self.terminal.see("questions open")
        self.terminal.press("x")
        self.terminal.see("Throw these answers away?")
        self.lose_question(words)

    def lose_project(self, words: str, seconds: float = 60) -> None:
        self.terminal.kill()
        self.terminal.open()
        self.terminal.see("woman-as-man")
        self.terminal.press("Enter")
        self.terminal.see(words, seconds=seconds)

    def lose_over_project(self, words: str, opened: dict[str, str]) -> None:
        for key, title in opened.items():
            self.terminal.press(key)
            self.terminal.see(title)
            self.lose_project(words)


@pytest.mark.timeout(900)
def test_from_nothing_to_a_finished_swap_with_the_terminal_killed_on_every_screen(
    terminal: Terminal, tmp_path: Path
) -> None:
    workspace = tmp_path / "understudio"
    journey = Journey(terminal, workspace)
    woman, man = (cut_clip(clip, 60, tmp_path / name) for clip, name in ((WOMAN, "woman.mp4"), (MAN, "man.mp4")))
    journey.begin()
    answer(journey, woman, man)
    terminal.kill()
    terminal.open()
    terminal.see("Nobody is at work")
    terminal.press("s")
    terminal.see("You may log out at any time")
    journey.lose_project("Find faces")
    at_work = {"e": "Mask softness", "?": "Escape closes", "C-p": "Search for commands", "l": "log.txt"}
    journey.lose_over_project("esc Home", at_work | {"w": "How it works", "f": "The person who will appear"})
    journey.lose_project("A stranger would say", seconds=800)
    afterwards = {
        "z": "esc Back",
        "b": "Blend and convert again",
        "t": "Train on, then",
        "x": "Delete faces and model?",
    }
    journey.lose_over_project("A stranger would say", afterwards)
    made = [path for path in workspace.iterdir() if path.name[0] != "."]
    project = ProjectFolder(made[0]).load()
    assert project.source.person == 2
    assert project.train.minutes == 0.1
    assert project.consent.source is not None
    assert project.consent.source.note == "Bundled clip"
    assert project.consent.target is not None
    assert project.consent.target.note == "Recorded for tests"
    assert ProjectFolder(made[0]).result_video(project).is_file()


def test_what_was_half_done_when_the_terminal_died_is_as_if_it_had_not_begun(
    terminal: Terminal, tmp_path: Path
) -> None:
    workspace, evidence = tmp_path / "understudio", tmp_path / "release.pdf"
    # Its digest is taken while the project is made: of so much, that takes longer than to see and to kill.
    evidence.touch()
    os.truncate(evidence, 4 << 30)
    drafts = DraftStore(workspace)
    drafts.save(answers := all_answered(drafts.new(local_now()), evidence))
    journey = Journey(terminal, workspace)
    terminal.open()
    journey.lose_question("Is everything right?")
    (taken := workspace / "woman-as-man").mkdir()
    (taken / "notes.txt").touch()
    journey.start("This did not work")
    journey.lose_question("Is everything right?")
    shutil.rmtree(taken)
    journey.start("Bringing your files")
    journey.lose_question("Is everything right?")
    assert not taken.exists()
    assert drafts.all() == [answers]
    terminal.press("BTab", "BTab", "Home", "Enter")
    terminal.see("Who will appear?")
    journey.lose_gathering("Who will appear?", MAN)
    kept = answers.model_dump() | {"step": Step.SOURCE}
    assert [each.model_dump() for each in drafts.all()] == [kept]


def test_what_stays_as_it_is_is_not_sent_over_the_line_again(terminal: Terminal, tmp_path: Path) -> None:
    now = local_now()
    scenes.put_project(tmp_path / "understudio", "anna", "Anna", scenes.simple(State.PAUSED, now, "Paused."))
    terminal.open()
    for keys, words in (
        ([], "paused"),
        (["Enter"], "esc Home"),
        (["e"], "Mask softness"),
        (["Escape", "l"], "log.txt"),
    ):
        terminal.press(*keys)
        terminal.see(words)
        time.sleep(1)
        assert terminal.bytes_sent(tmp_path / "sent", 3) < 500


def all_answered(empty: Answers, evidence: Path) -> Answers:
    """Return answers to everything, the way to a file that proves consent among them."""
    agreed = {"basis": "self", "note": "It is me", "is_adult": True}
    given = {"name": "woman-as-man", "sources": [WOMAN], "target": MAN, "step": Step.REVIEW}
    consent = {"consent_source": agreed | {"evidence": str(evidence)}, "consent_target": agreed}
    return Answers.model_validate(empty.model_dump() | given | consent)


def answer(journey: Journey, woman: Path, man: Path) -> None:
    """Answer all questions and start."""
    terminal = journey.terminal
    terminal.see("Who will appear?")
    # The man is seen among the source's media, too: so there is a person to choose.
    for clip in (woman, man):
        terminal.paste(str(clip))
        terminal.press("Enter")
        terminal.see(clip.name)
    terminal.see("2 persons")
    journey.lose_question("2 persons", lambda answers: man in answers.sources)
    journey.lose_over_home("2 persons")
    journey.lose_over_question(
        "2 persons",
        **{"C-p": "Search for commands"},
        F1="Escape closes",
        F2="Take this folder",
        F3="Gather pictures of",
    )
    terminal.press("Enter")
    terminal.see("Whose face is replaced")
    terminal.paste(str(man))
    terminal.press("Enter")
    terminal.see("px wide")
    journey.lose_question("px wide", lambda answers: answers.target == man)
    terminal.press("Enter")
    terminal.see("( ) 2")
    terminal.press("2")
    journey.lose_question("(•) 2", lambda answers: answers.source_person == 2)
    terminal.press("C-n")
    for role, page, basis, note in (
        (Role.SOURCE, "1 of 2", "4", "Bundled clip"),
        (Role.TARGET, "2 of 2", "6", "Recorded for tests"),
    ):
        terminal.see(page)
        terminal.press(basis)
        terminal.paste(note)
        terminal.press("Enter", "Enter", "Enter")
        terminal.see("[x]")
        journey.lose_question(note, partial(is_of_an_adult, role))
        terminal.press("C-n")
    terminal.see("How good")
    terminal.press("Enter")
    terminal.paste("0.1")
    journey.lose_question("0.1", lambda answers: answers.minutes == "0.1")
    journey.lose_over_question("0.1", F3="Faces in a step", F4="Before │ after")
    terminal.press("C-n")
    terminal.see("Is everything right?")
    journey.lose_question("Is everything right?", lambda answers: answers.step is Step.REVIEW)
    journey.start("Start now?")
