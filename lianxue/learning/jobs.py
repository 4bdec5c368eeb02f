"""What runs by itself for learning."""

from lianxue.shared.jobs.registry import Daily, Schedule, job

from .actions import importing_questions


@job(deadline=300)
def forget_question_imports() -> None:
    """Forget the rows of old imports of questions."""
    importing_questions.forget()


SCHEDULES = [Schedule("learning.forget_question_imports", forget_question_imports, Daily(4, 20))]
