"""A gathering in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from engine.project.attribution import OWN_VIDEO
from engine.records.gather_request import GatherReport, Refusal
from engine.text import counted

CONSENT = (
    "A free licence is not a person's consent: the project waits until both people's agreement is recorded, whoever "
    "made the pictures."
)

RIGHTS = (
    "General image search does not say who owns a picture or under which licence: use only pictures that you have the "
    "right to use, and read the terms of the search engine."
)
LINK_RIGHTS = "The licence of pictures from links is not known: use only those that you have the right to use."


def refusal_words(refused: Mapping[Refusal, int], most: int = 20) -> str:
    """Return counts by reason, the most frequent first: `no face (12), damaged (3)`."""
    by_count = sorted(refused.items(), key=lambda each: (-each[1], each[0]))
    said = [f"{reason} ({count})" for reason, count in by_count[:most] if count]
    rest = sum(count for _, count in by_count[most:])
    return ", ".join([*said, f"other reasons ({rest})"] if rest else said)


def waiting_words(who: str, seconds: float) -> str:
    """Return what to say of a server that wants to be left alone for a while."""
    time = counted(seconds / 3600, "hour") if seconds > 5400 else counted(max(1, round(seconds / 60)), "minute")
    return f"{who} asks to wait about {time}: run the same command again then, and it goes on from where it is."


def report_lines(report: GatherReport) -> list[str]:
    """Return what came of a gathering, a sentence a line."""
    numbers = f"{report.wanted} were wanted, {report.looked_at} looked at"
    lines = [f"{counted(report.kept, 'picture')} {'is' if report.kept == 1 else 'are'} in {report.folder}; {numbers}."]
    if report.refused:
        lines.append(f"Left out: {refusal_words(report.refused)}.")
    if len(report.persons) > 1:
        lines.append(_persons(report))
    others = [origin for origin in report.origins if origin.provider != OWN_VIDEO]
    licences = sorted({origin.licence or "not known" for origin in others})
    if licences:
        lines.append(f"Licences: {', '.join(licences)}. Authors and sources are kept beside each picture.")
    return [*lines, *report.remarks]


def _persons(report: GatherReport) -> str:
    kept = next((person for person in report.persons if person.is_kept), None)
    if kept is None:
        return f"{len(report.persons)} persons were seen, and none of them is the one asked for."
    how = "as you said" if report.is_confirmed else "the one in most pictures"
    return (
        f"{len(report.persons)} persons were seen; person {kept.number} was kept, {how}. "
        f"Their pictures: {kept.thumbnail.parent}"
    )
