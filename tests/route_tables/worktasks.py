"""What each role gets: worktasks."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
    GET  worktasks:home                          200 200 200 200 200 200 200 200 200
    GET  worktasks:task                          200 200 200 200 200 404 404 404 404
    GET  worktasks:answer                        404 404 404 404 200 404 404 404 404
    POST worktasks:answer                        404 404 404 404 409 404 404 404 404
    GET  worktasks:confirm                       404 404 404 404 302 404 404 404 404
    POST worktasks:confirm                       404 404 404 404 302 404 404 404 404
    POST worktasks:take_back                     404 404 404 404 302 404 404 404 404
    GET  worktasks:answer_file                   404 404 404 404 200 404 404 404 404
    GET  worktasks:questions                     200 200 403 403 403 404 404 404 404
    POST worktasks:questions                     422 422 403 403 403 404 404 404 404
    GET  worktasks:form_preview                  200 200 403 403 403 404 404 404 404
    GET  worktasks:console_questions             200 200 403 403 403 404 404 404 404
    POST worktasks:console_questions             422 422 403 403 403 404 404 404 404
    GET  worktasks:console_form_preview          200 200 403 403 403 404 404 404 404
    GET  worktasks:progress                      200 200 200 200 403 404 404 404 404
    GET  worktasks:answers                       200 200 200 200 403 404 404 404 404
    GET  worktasks:accept_many                   200 200 200 200 403 404 404 404 404
    POST worktasks:accept_many                   422 422 422 422 403 404 404 404 404
    GET  worktasks:export                        200 200 200 200 403 404 404 404 404
    POST worktasks:export                        422 422 422 422 403 404 404 404 404
    GET  worktasks:review                        200 200 200 403 403 404 404 404 404
    POST worktasks:review                        422 422 422 403 403 404 404 404 404
    GET  worktasks:review_file                   200 200 200 403 403 404 404 404 404
    GET  worktasks:console_progress              200 200 200 200 403 404 404 404 404
    GET  worktasks:console_answers               200 200 200 200 403 404 404 404 404
    GET  worktasks:console_accept_many           200 200 200 200 403 404 404 404 404
    POST worktasks:console_accept_many           422 422 422 422 403 404 404 404 404
    GET  worktasks:console_export                200 200 200 200 403 404 404 404 404
    POST worktasks:console_export                422 422 422 422 403 404 404 404 404
    GET  worktasks:console_review                200 200 200 403 403 404 404 404 404
    POST worktasks:console_review                422 422 422 403 403 404 404 404 404
    GET  worktasks:console_review_file           200 200 200 403 403 404 404 404 404
"""
