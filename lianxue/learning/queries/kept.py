"""What learning keeps about a person, for 我的个人信息 (PIPL 44, 45)."""

from typing import Any

from lianxue.accounts.models import User

from ..models import Attempt, Comment, Completion, Favourite, LearningRecord, WrongQuestion
from ..policy.quizzes import shows_answers
from . import practice

#: Of a quiz that shows what was right after its deadline, until then.
_LATER = "任务截止以后显示"


def kept(user: User, whole: bool) -> dict[str, Any]:
    """Records, comments, favourites, papers: their numbers, in the file each of them; what was
    right or wrong as the pages show it, not before a quiz may say so."""
    records = LearningRecord.objects.filter(user=user)
    comments = Comment.objects.filter(membership__user=user)
    favourites = Favourite.objects.filter(user=user)
    papers = Attempt.objects.filter(user=user)
    wrong = WrongQuestion.objects.filter(user=user)
    done = Completion.objects.filter(membership__user=user)
    if not whole:
        return {
            "学习记录": f"{records.count()} 条",
            "完成的学习任务": f"{done.count()} 个",
            "答卷": f"{papers.count()} 份",
            "错题": f"{wrong.count()} 道",
            "评论": f"{comments.count()} 条",
            "收藏": f"{favourites.count()} 条",
        }
    return {
        "学习记录": [
            {"内容": title, "开始时间": began, "最近一次": last, "学完时间": done_at}
            for title, began, last, done_at in records.order_by("started_at", "pk")
            .values_list("item__title", "started_at", "changed_at", "finished_at")
            .iterator()
        ],
        "完成的学习任务": [
            {"任务": title, "完成时间": at, "逾期": "是" if late else "否"}
            for title, at, late in done.order_by("completed_at", "pk")
            .values_list("relay__notice__title", "completed_at", "late")
            .iterator()
        ],
        "答卷": _papers(user),
        "错题": [
            {"题目": text, "答错次数": times, "最近一次": at, "练习答对时间": cleared}
            for text, times, at, cleared in practice.shown(user)
            .order_by("last_at", "pk")
            .values_list("question__text", "times", "last_at", "cleared_at")
            .iterator()
        ],
        "评论": [
            {"内容": title, "评论": text, "时间": at, "状态": Comment.State(state).label}
            for title, text, at, state in comments.order_by("at", "pk")
            .values_list("item__title", "text", "at", "state")
            .iterator()
        ],
        "收藏": [
            {"内容": title, "收藏时间": at}
            for title, at in favourites.order_by("at", "pk")
            .values_list("item__title", "at")
            .iterator()
        ],
    }


def _papers(user: User) -> list[dict[str, Any]]:
    rows = Attempt.objects.filter(user=user).order_by("started_at", "pk")
    found = rows.select_related("quiz__task__notice").prefetch_related("answers__question")
    told = {paper.pk: shows_answers(paper.quiz, paper.quiz.task.notice) for paper in found}
    return [
        {
            "任务": paper.quiz.task.notice.title,
            "第几次": paper.number,
            "开始时间": paper.started_at,
            "交卷时间": paper.submitted_at,
            "得分": f"{paper.score}（满分 {paper.full}）" if paper.submitted_at else "",
            "作答": [
                {
                    "题目": one.question.text,
                    "作答": one.given,
                    "答对": one.right if told[paper.pk] else _LATER,
                }
                for one in sorted(paper.answers.all(), key=lambda one: one.position)
            ],
        }
        for paper in found
    ]
