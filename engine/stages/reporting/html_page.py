"""The report as one page that needs nothing beside it: styles, pictures and curve are inside."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from engine.records.grades import graded_figures
from engine.records.report import ReportFile, Training
from engine.records.report_text import covered, equal_parts, frame_counts, summary

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5d666f; --line: #d8dde2; --paper: #fff; --card: #f5f7f8;
  --good: #1d7a46; --fair: #a06a00; --poor: #b3362b; --accent: #2b6cb0 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a3abb3; --line: #3a4148; --paper: #15181b;
  --card: #1e2226; --good: #5cc48a; --fair: #e0b050; --poor: #f08a80; --accent: #7db4ea } }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem } h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem }
p { margin: .4rem 0 } .soft { color: var(--soft) } .verdict { font-size: 1.15rem; margin: 1rem 0 }
.note { border-left: 4px solid var(--accent); background: var(--card); padding: .6rem .9rem; margin: 1rem 0 }
img, svg { width: 100%; height: auto; display: block; border-radius: 6px } figure { margin: 0 0 1rem }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .25rem }
table { width: 100%; border-collapse: collapse } td, th { padding: .55rem .5rem; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top } td.value { font-size: 1.25rem; white-space: nowrap; font-weight: 600 }
.good { color: var(--good) } .fair { color: var(--fair) } .poor { color: var(--poor) } td.grade { white-space: nowrap }
.bar { display: block; height: .5rem; border-radius: 3px; background: var(--accent) } td.bars { width: 40% }
ul { padding-left: 1.2rem } svg .axis { fill: none; stroke: var(--line) }
svg text { fill: var(--soft); font-size: 12px }
svg .curve { fill: none; stroke: var(--accent); stroke-width: 2 }
"""


@dataclass(frozen=True)
class Picture:
    """A picture of the page."""

    jpeg: bytes
    caption: str


@dataclass(frozen=True)
class Illustrations:
    """What the page shows besides figures."""

    frames: tuple[Picture, ...]
    """Before and after, side by side."""
    covered: Picture | None
    """The frame in which most of the face is covered."""
    curve: str
    """An `<svg>` element of the training's loss; may be empty."""
    preview: Picture | None
    """The last preview of the training."""


def html_page(report: ReportFile, pictures: Illustrations, settings: Sequence[tuple[str, str]]) -> str:
    """Return the page.

    Args:
        report: The figures.
        pictures: What is shown.
        settings: Name and value of what was chosen, for the end of the page.
    """
    title = escape(report.project)
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="soft">{_facts(report)}</p>',
        f'<p class="verdict">{escape(summary(report))}</p>',
        _marking(report),
        "".join(f'<p class="note">{escape(each)}</p>' for each in report.about_original),
        _section("Before and after", "".join(_figure(picture) for picture in pictures.frames)),
        _section("How good is it?", _quality(report)),
        _section("What became of the frames", _frames(report)),
        _section("What is before the face", _covered(report, pictures)),
        _section("Who was seen, and who was taken", _list(report.persons)) if report.persons else "",
        _section("Equal to the original", _same(report)),
        _section("Training", _training(report, pictures)),
        _section("Files that could not be used, or only in part", _skipped(report)) if report.skipped else "",
        _section("Pictures learnt from, and who made them", _list(report.credits)) if report.credits else "",
        _section("Settings and times", _table(settings)),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}: report</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        f"<body>\n{chr(10).join(part for part in parts if part)}\n</body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>\n{content}" if content else ""


def _facts(report: ReportFile) -> str:
    minutes, seconds = divmod(round(report.seconds), 60)
    return escape(
        f"{report.result}: {report.width} × {report.height}, {minutes}:{seconds:02d} min, "
        f"{report.frame_rate:.4g} frames a second, {report.frames.total:,} frames"
    )


def _marking(report: ReportFile) -> str:
    label = "bears the words “AI MODIFIED” and " if report.is_labelled else ""
    signed = "is signed as synthetic" if report.is_signed else "could not be checked for its signature"
    looked = f" The check for sexual content: {escape(report.content_check)}." if report.content_check else ""
    return (
        f'<p class="note">The video {label}{signed}; <code>understudio verify</code> reads the signature.{looked} It '
        "shows real people. Show it only where they agreed to be shown, and say what it is.</p>"
    )


def _figure(picture: Picture) -> str:
    data = base64.b64encode(picture.jpeg).decode()
    words = escape(picture.caption)
    source = f"data:image/jpeg;base64,{data}"
    return f'<figure><img src="{source}" alt="{words}"><figcaption>{words}</figcaption></figure>'


def _quality(report: ReportFile) -> str:
    rows = (
        f'<tr><td><b>{escape(figure.title)}</b><br><span class="soft">{escape(figure.meaning)}</span></td>'
        f'<td class="value">{escape(figure.value)}</td>'
        f'<td class="grade {figure.grade}">{escape(figure.grade)}</td></tr>'
        for figure in graded_figures(report)
    )
    return f"<table>{''.join(rows)}</table>"


def _frames(report: ReportFile) -> str:
    total = max(1, report.frames.total)
    rows = (
        f"<tr><td>{escape(words)}</td><td>{count:,}</td>"
        f'<td class="bars"><span class="bar" style="width:{100 * count / total:.1f}%"></span></td></tr>'
        for words, count in frame_counts(report.frames)
    )
    return f"<table>{''.join(rows)}</table>"


def _covered(report: ReportFile, pictures: Illustrations) -> str:
    words = covered(report.covered)
    picture = _figure(pictures.covered) if pictures.covered else ""
    return f"<p>{escape(words)}</p>{picture}" if words else ""


def _same(report: ReportFile) -> str:
    rows = (
        f'<li><span class="{"good" if equal else "poor"}">{"✓" if equal else "✗"}</span> {escape(words)}</li>'
        for words, equal in equal_parts(report)
    )
    return f"<p>Measured on the finished file.</p><ul>{''.join(rows)}</ul>"


def _before(training: Training) -> str:
    return f" after {training.steps_before:,} of an earlier project" if training.steps_before else ""


def _training(report: ReportFile, pictures: Illustrations) -> str:
    training = report.training
    minutes = "" if training.minutes is None else f" in {training.minutes:.1f} minutes"
    steps = f"{training.steps:,} steps{_before(training)}{minutes}"
    by = f", by {training.device}" if training.device else ""
    words = (
        f"Preset {training.preset} ({training.size} pixels): {steps}, from "
        f"{training.source_faces:,} faces of the source and {training.target_faces:,} of the target{by}."
    )
    words = f"{words} {training.remark}".rstrip()
    parts = [f"<p>{escape(words)}</p>"]
    if pictures.curve:
        caption = "The model's error while it learnt. Where it still falls at the end, longer training helps."
        parts.append(f"<figure>{pictures.curve}<figcaption>{caption}</figcaption></figure>")
    if pictures.preview is not None:
        parts.append(_figure(pictures.preview))
    return "".join(parts)


def _skipped(report: ReportFile) -> str:
    rows = (f"<li><b>{escape(each.media)}</b>: {escape(each.reason)}</li>" for each in report.skipped)
    return f"<ul>{''.join(rows)}</ul>"


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = (f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{''.join(cells)}</table>"
