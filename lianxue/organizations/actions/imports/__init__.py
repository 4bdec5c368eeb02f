"""Members in bulk: a roster file is read and looked at, then written in one transaction.

``preparing``: the change set, kept until somebody decides. ``applying``: the writing, by a job.
``undoing``: taking it back in one step. ``plan`` says what a row would do, ``branches`` which
branch a cell means, ``making`` makes those that the tree lacks.
"""

from .applying import STEP_WORDS, apply, confirm
from .preparing import Preview, Upload, drop, keep, prepare, preview, purge, replan
from .undoing import undo

__all__ = [
    "STEP_WORDS",
    "Preview",
    "Upload",
    "apply",
    "confirm",
    "drop",
    "keep",
    "prepare",
    "preview",
    "purge",
    "replan",
    "undo",
]
