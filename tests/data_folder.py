"""A pytest plugin (``-p`` in pyproject.toml): the run's data folder, before any settings are read.

pytest-django reads the settings before it looks at conftest.py, so this can't stand there.
xdist's workers inherit the folder.
"""

import os
import shutil
import tempfile

_made = "" if "LIANXUE_DATA_DIR" in os.environ else tempfile.mkdtemp(prefix="lianxue-tests-")
if _made:
    os.environ["LIANXUE_DATA_DIR"] = _made


def pytest_unconfigure() -> None:
    """The folder goes with the process that made it."""
    if _made:
        shutil.rmtree(_made, ignore_errors=True)
