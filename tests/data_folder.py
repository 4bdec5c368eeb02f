"""A pytest plugin (``-p`` in pyproject.toml): the run's data folder, before any settings are read.

pytest-django reads the settings before it looks at conftest.py, so this can't stand there.
xdist's workers inherit the folder and have each a part of it: two tests at once never write to
the same file.
"""

import os
import shutil
import tempfile
from pathlib import Path

_made = "" if "LIANXUE_DATA_DIR" in os.environ else tempfile.mkdtemp(prefix="lianxue-tests-")
if _made:
    os.environ["LIANXUE_DATA_DIR"] = _made
if "PYTEST_XDIST_WORKER" in os.environ:
    _part = Path(os.environ["LIANXUE_DATA_DIR"], os.environ["PYTEST_XDIST_WORKER"])
    os.environ["LIANXUE_DATA_DIR"] = str(_part)


def pytest_unconfigure() -> None:
    """The folder goes with the process that made it."""
    if _made:
        shutil.rmtree(_made, ignore_errors=True)
