"""All steps as one page that needs nothing beside it: styles and pictures are inside."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from engine.records.explanation import ExplainedStep, Explanation

_STYLE = """
:root { color-scheme: dark; --ink: #e6e4df; --soft: #a4a6aa; --paper: #0e0f12; --card: #14161a; --accent: #e8bc55 }
body { margin: 0 auto; max-width: 62rem; padding: 2.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1.1rem/1.6 system-ui, sans-serif }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem } .soft { color: var(--soft) }
.note { border-left: 4px solid var(--accent); background: var(--card); padding: .7rem 1rem; margin: 1.4rem 0 }
section { margin: 3rem 0 0; break-inside: avoid } h2 { font-size: 1.3rem; margin: 0 0 .7rem }
h2 span { color: var(--accent); display: inline-block; min-width: 2.2rem }
img { width: 100%; height: auto; display: block; border-radius: 8px } section p { margin: .8rem 0 0; max-width: 48rem }
footer { margin-top: 4rem; font-size: .9rem; color: var(--soft) } code { color: var(--accent) }
"""
_TYPES = {".png": "image/png", ".jpg": "image/jpeg"}
_SYNTHETIC = (
    "Pictures marked “AI MODIFIED” are synthetic: a trained model painted the face in them, and nobody did what they "
    "show. They are signed, and <code>understudio verify</code> reads the signature of the files beside this page. "
    "They show real people: show them only where these agreed to be shown, and say what they are."
)
_REAL = (
    "Nothing on this page was painted by a model. It shows a real person: show it only where they agreed to be shown."
)
_PAPERS = (
    "Dalal and Triggs 2005, Histograms of oriented gradients for human detection",
    "Felzenszwalb, Girshick, McAllester and Ramanan 2010, Object detection with discriminatively trained part based "
    "models",
    "King 2015, Max-margin object detection",
    "Kartynnik, Ablavatski, Grishchenko and Grundmann 2019, Real-time facial surface geometry from monocular video",
)


def html_page(explanation: Explanation, folder: Path, photo: str) -> str:
    """Return the page.

    Args:
        explanation: The steps.
        folder: Where their pictures lie.
        photo: Name of the photo, as the page shows it.
    """
    is_synthetic = any(step.is_synthetic for step in explanation.steps)
    sections = (_section(number, step, folder) for number, step in enumerate(explanation.steps, start=1))
    papers = "<br>".join(escape(each) for each in _PAPERS)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>How it works, step by step</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n<body>\n'
        f'<h1>How it works, step by step</h1>\n<p class="soft">On {escape(photo)}, by Understudio.</p>\n'
        f'<p class="note">{_SYNTHETIC if is_synthetic else _REAL}</p>\n{chr(10).join(sections)}\n'
        f"<footer><p>Where this comes from:<br>{papers}</p></footer>\n</body></html>\n"
    )


def _section(number: int, step: ExplainedStep, folder: Path) -> str:
    path = folder / step.picture
    data = base64.b64encode(path.read_bytes()).decode()
    kind = "synthetic, AI modified" if step.is_synthetic else "a drawing on the photo"
    return (
        f"<section><h2><span>{number}</span>{escape(step.title)}</h2>"
        f'<img src="data:{_TYPES[path.suffix]};base64,{data}" alt="{escape(f"{step.title} ({kind})")}">'
        f"<p>{escape(' '.join(step.words))}</p></section>"
    )
