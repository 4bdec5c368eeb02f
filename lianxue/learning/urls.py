"""Addresses of learning: the library and what people do with it, and its administrators' pages."""

from django.urls import URLPattern, path

from lianxue.accounts.kept import register_kept
from lianxue.notices.dates import register_dates
from lianxue.organizations.addresses import both
from lianxue.organizations.policy.rights import register_rights
from lianxue.points.items import register_sources
from lianxue.shared.uploads import register_large

from . import point_items as point_items  # makes its items known
from .queries.dates import dates
from .queries.kept import kept
from .rights import RIGHTS
from .web import (
    bank_import,
    banks,
    columns,
    comments,
    contents,
    desk,
    edit,
    export,
    favourites,
    files,
    home,
    item,
    moderation,
    practice,
    progress,
    publishing,
    quiz,
    quiz_edit,
    search,
    settings,
    task,
)

#: The library, an item, favourites, comments, records.
READER: list[URLPattern] = [
    path("learn/<int:item_id>/", item.item, name="item"),
    path("learn/<int:item_id>/progress/", item.progress, name="progress"),
    path("learn/<int:item_id>/finish/", item.finish, name="finish"),
    path("learn/<int:item_id>/files/<int:file_id>/", files.file, name="file"),
    path("learn/", home.home, name="home"),
    path("learn/all/", home.everything, name="all"),
    path("learn/columns/<int:column_id>/", home.column, name="column"),
    path("learn/tags/", home.tag, name="tag"),
    path("learn/search/", search.search, name="search"),
    path("learn/favourites/", favourites.favourites, name="favourites"),
    path("learn/records/", home.records, name="records"),
    path("learn/<int:item_id>/favourite/", favourites.favourite, name="favourite"),
    path("learn/<int:item_id>/comments/", comments.comment, name="comment"),
    path("learn/comments/<int:comment_id>/remove/", comments.remove, name="remove_comment"),
]
#: An organisation's contents, columns, settings, comments to decide.
DESK: list[URLPattern] = [
    path("console/learning/", desk.door, name="console_door"),
    *both("learning/", desk.desk, "desk"),
    *both("learning/new/", desk.new, "new"),
    *both("learning/import/", desk.import_document, "import_document"),
    *both("learning/columns/", columns.columns, "columns"),
    *both("learning/settings/", settings.settings, "settings"),
    *both("learning/comments/", moderation.comments, "comments"),
    *both("learning/comments/<int:comment_id>/", moderation.decide, "decide"),
    *both("learning/<int:item_id>/", publishing.preview, "preview"),
    *both("learning/<int:item_id>/edit/", edit.edit, "edit"),
    *both("learning/<int:item_id>/pictures/", edit.picture, "picture"),
    *both("learning/<int:item_id>/publish/", publishing.publish, "publish"),
    *both("learning/<int:item_id>/withdraw/", publishing.withdraw, "withdraw"),
    *both("learning/<int:item_id>/discard/", publishing.discard, "discard"),
]
_QUESTION = "banks/<int:bank_id>/questions/<int:question_id>"
_IMPORT = "banks/<int:bank_id>/imports/<int:import_id>"
#: Question banks and their import.
BANKS: list[URLPattern] = [
    *both("banks/", banks.banks, "banks"),
    *both("banks/template/", bank_import.question_template, "question_template"),
    *both("banks/<int:bank_id>/", banks.bank, "bank"),
    *both("banks/<int:bank_id>/rename/", banks.bank_rename, "bank_rename"),
    *both("banks/<int:bank_id>/export/", banks.bank_export_file, "bank_export"),
    *both("banks/<int:bank_id>/questions/new/", banks.question_new, "question_new"),
    *both(f"{_QUESTION}/", banks.question_edit, "question_edit"),
    *both(f"{_QUESTION}/retire/", banks.question_retire, "question_retire"),
    *both("banks/<int:bank_id>/import/", bank_import.bank_import, "bank_import"),
    *both(f"{_IMPORT}/", bank_import.bank_import_page, "bank_import_page"),
    *both(f"{_IMPORT}/corrected/", bank_import.bank_import_corrected, "bank_import_corrected"),
    *both(f"{_IMPORT}/confirm/", bank_import.bank_import_confirm, "bank_import_confirm"),
    *both(f"{_IMPORT}/drop/", bank_import.bank_import_drop, "bank_import_drop"),
    *both(f"{_IMPORT}/undo/", bank_import.bank_import_undo, "bank_import_undo"),
]
#: Taking a quiz, practising what was wrong, setting a quiz up.
QUIZZES: list[URLPattern] = [
    path("learn/tasks/<int:notice_id>/quiz/", quiz.quiz, name="quiz"),
    path("learn/papers/<int:attempt_id>/", quiz.paper, name="paper"),
    path("learn/papers/<int:attempt_id>/hand-in/", quiz.hand_in, name="hand_in"),
    path("learn/papers/<int:attempt_id>/result/", quiz.result, name="result"),
    path("learn/practice/", practice.wrong, name="wrong"),
    path("learn/practice/<int:question_id>/", practice.practise, name="practise"),
    *both("notices/<int:notice_id>/quiz/", quiz_edit.quiz_edit, "quiz_edit"),
    *both("notices/<int:notice_id>/quiz/questions/", quiz_edit.quiz_pick, "quiz_pick"),
    *both("notices/<int:notice_id>/quiz/sample/", quiz_edit.quiz_sample, "quiz_sample"),
    *both("notices/<int:notice_id>/quiz/remove/", quiz_edit.quiz_remove, "quiz_remove"),
]
#: Learning tasks: choosing contents, doing them, how far people are.
TASKS: list[URLPattern] = [
    path("learn/tasks/", task.tasks, name="tasks"),
    path("learn/tasks/<int:notice_id>/", task.task, name="task"),
    *both("notices/<int:notice_id>/learning/", contents.contents, "contents"),
    *both("learning-tasks/<int:notice_id>/", progress.progress, "task_progress"),
    *both("learning-tasks/<int:notice_id>/people/", progress.people, "task_people"),
    *both("learning-tasks/<int:notice_id>/export/", export.export, "task_export"),
]

# recordings and PDF of the library
register_large({"learning:edit", "learning:console_edit", "api:content_recording"}, field="file")

register_rights(RIGHTS)
register_kept("learning", kept)
register_dates(dates)
register_sources({"learning.contentitem": "learning:item", "notices.notice": "learning:task"})

app_name = "learning"
urlpatterns: list[URLPattern] = [*READER, *DESK, *BANKS, *QUIZZES, *TASKS]
