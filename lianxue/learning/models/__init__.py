"""The tables of learning."""

from .content import (
    Column,
    Comment,
    ContentFile,
    ContentItem,
    ContentTag,
    ContentToken,
    Favourite,
    LearningRecord,
    LearningSettings,
)
from .quizzes import (
    Attempt,
    AttemptAnswer,
    BankQuestion,
    QuestionBank,
    QuestionImport,
    Quiz,
    QuizPart,
    WrongQuestion,
)
from .tasks import Completion, LearningTask, TaskContent, TaskCount

__all__ = [
    "Attempt",
    "AttemptAnswer",
    "BankQuestion",
    "Column",
    "Comment",
    "Completion",
    "ContentFile",
    "ContentItem",
    "ContentTag",
    "ContentToken",
    "Favourite",
    "LearningRecord",
    "LearningSettings",
    "LearningTask",
    "QuestionBank",
    "QuestionImport",
    "Quiz",
    "QuizPart",
    "TaskContent",
    "TaskCount",
    "WrongQuestion",
]
