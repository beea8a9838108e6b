"""Which of the 468 points lie where. "Left" and "right" are the person's own.

The numbering is that of MediaPipe's face mesh (Kartynnik et al. 2019, arXiv:1907.06724).
"""

from __future__ import annotations

POINTS = 468
"""Points of the mesh."""

RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
"""Ring around the person's right eye (left in the picture), outer corner first."""
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
"""Ring around the person's left eye (right in the picture), outer corner first."""
RIGHT_BROW = (46, 53, 52, 65, 55, 107, 66, 105, 63, 70)
"""Ring around the person's right brow."""
LEFT_BROW = (276, 283, 282, 295, 285, 336, 296, 334, 293, 300)
"""Ring around the person's left brow."""
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
"""Outer ring of the lips."""
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
"""Inner ring of the lips: the opening of the mouth."""
# fmt: off
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)
"""Outline of the face, from the middle of the forehead clockwise as seen."""
# fmt: on
FOREHEAD_TOP = (71, 54, 103, 67, 109, 10, 338, 297, 332, 284, 301)
"""Upper edge of the mesh from the person's right temple to the left."""
FOREHEAD_BELOW = (71, 68, 104, 69, 108, 151, 337, 299, 333, 298, 301)
"""For each point of `FOREHEAD_TOP` the one below it; the ends are their own, so nothing is added there."""
ABOVE_BROWS = (71, 63, 105, 66, 107, 9, 336, 296, 334, 293, 301)
"""For each point of `FOREHEAD_BELOW` the upper edge of the brow beneath it, or the skin between the brows."""

RIGHT_EYE_CORNERS = (33, 133)
"""Outer and inner corner of the person's right eye."""
LEFT_EYE_CORNERS = (263, 362)
"""Outer and inner corner of the person's left eye."""
# fmt: off
LIDS = (
    ((246, 7), (161, 163), (160, 144), (159, 145), (158, 153), (157, 154), (173, 155)),
    ((466, 249), (388, 390), (387, 373), (386, 374), (385, 380), (384, 381), (398, 382)),
)
# fmt: on
"""Points of the upper lid, each with the one below it, from the outer corner on: of the right eye, then of the left."""
UPPER_LIP, LOWER_LIP = 13, 14
"""Middle of the upper and of the lower lip's inner edge."""
NOSE_BASE = (98, 2, 327)
"""From the one wing of the nose to the other, beneath it: the nostrils lie along it."""
UNDER_NOSE = 2
"""Where the nose meets the upper lip."""
