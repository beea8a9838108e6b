"""The same person in another video: what a new project takes over from one that is there.

Reads files: call from a worker.
"""

from __future__ import annotations

import datetime as dt

from engine.errors import ProjectError
from engine.project.again import HeadStartFacts, evidence_in, project_again
from engine.project.folder import ProjectFolder
from engine.project.settings import ConsentRecord, Project
from engine.role import Role
from engine.text import printable
from tui.drafts.answers import Answers, ConsentAnswers, Step
from tui.drafts.consent import from_consent


def answers_again(earlier: ProjectFolder, facts: HeadStartFacts, empty: Answers, now: dt.datetime) -> Answers:
    """Return answers in which only the video, its person and their consent are open.

    Args:
        earlier: The project with the same person.
        facts: What it has to begin with.
        empty: Answers in which nothing is answered.
        now: The local time.

    Raises:
        ConsentMissing: The person who appears does not agree any more, or never did.
        ProjectError: The project cannot be read, or the file that proves their consent is not there any more.
    """
    project = project_again(earlier.load(), earlier.path.name, now.date())
    return empty.model_copy(
        update={
            "step": Step.TARGET,
            "earlier": earlier.path,
            "earlier_steps": facts.steps,
            "earlier_preset": facts.preset,
            "sources": (earlier.source,),
            "source_person": project.source.person,
            "consent_source": _consent_taken_over(earlier, project),
            "preset": project.train.preset,
            "extract": project.extract,
            "train": project.train,
            "convert": project.convert,
        }
    )


def begun_from(answers: Answers) -> ProjectFolder | None:
    """Return the project whose faces and model answers begin with; None where its pictures were taken out again."""
    if answers.earlier is None:
        return None
    earlier = ProjectFolder(answers.earlier)
    return earlier if earlier.source in answers.sources else None


def with_earlier(project: Project, answers: Answers, earlier: ProjectFolder) -> Project:
    """Return a project with what the questions do not ask for of the one that it begins from.

    Where the consent of the person who appears was not changed, it is the same record.

    Raises:
        ProjectError: The earlier project is gone, or cannot be read any more.
    """
    if not earlier.path.is_dir():
        raise ProjectError(
            f"{printable(earlier.path.name)}, with which this project begins, is not there any more.",
            "Bring it back from the bin (b at home), or put the person's pictures in its place in the first question. "
            "Your answers are kept.",
        )
    known = earlier.load()
    same: dict[str, object] = {"seed": known.seed}
    if answers.consent_source == _consent_taken_over(earlier, known):
        same["consent"] = ConsentRecord(source=known.consent.source, target=project.consent.target)
    return project.model_copy(update=same)


def _consent_taken_over(earlier: ProjectFolder, project: Project) -> ConsentAnswers:
    evidence_in(earlier, project, Role.SOURCE)
    return from_consent(project.consent.source, earlier)
