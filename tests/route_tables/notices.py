"""What each role gets: notices."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
    GET  notices:home                            200 200 200 200 200 200 200 200 200
    GET  notices:notice                          200 200 200 200 200 404 404 404 404
    POST notices:confirm                         302 302 302 302 302 404 404 404 404
    POST notices:archive                         302 409 409 409 409 404 404 404 404
    GET  notices:calendar                        200 200 200 200 200 200 200 200 200
    GET  notices:calendar_feed                   200 200 200 200 200 200 200 200 200
    POST notices:calendar_feed                   200 200 200 200 200 200 200 200 200
    POST notices:calendar_feed_end               302 302 302 302 302 302 302 302 302
    GET  notices:file                            200 200 200 200 200 404 404 404 404
    GET  notices:console_door                    302 302 302 302 302 302 302 302 302
    GET  notices:desk                            200 200 200 200 403 404 404 404 404
    GET  notices:new                             200 200 200 200 403 404 404 404 404
    POST notices:new                             422 422 422 422 403 404 404 404 404
    GET  notices:edit                            200 200 403 403 403 404 404 404 404
    POST notices:edit                            302 302 403 403 403 404 404 404 404
    POST notices:discard                         302 302 403 403 403 404 404 404 404
    POST notices:copy                            302 302 403 403 403 404 404 404 404
    GET  notices:audience                        200 200 403 403 403 404 404 404 404
    GET  notices:preview                         302 302 403 403 403 404 404 404 404
    POST notices:preview                         422 422 403 403 403 404 404 404 404
    GET  notices:incoming                        200 200 403 403 403 404 404 404 404
    GET  notices:pass_on                         200 200 403 403 403 404 404 404 404
    POST notices:pass_on                         422 422 403 403 403 404 404 404 404
    POST notices:close                           422 422 403 403 403 404 404 404 404
    POST notices:receive                         302 302 403 403 403 404 404 404 404
    GET  notices:console_desk                    200 200 200 200 403 404 404 404 404
    GET  notices:console_new                     200 200 200 200 403 404 404 404 404
    POST notices:console_new                     422 422 422 422 403 404 404 404 404
    GET  notices:console_edit                    200 200 403 403 403 404 404 404 404
    POST notices:console_edit                    302 302 403 403 403 404 404 404 404
    POST notices:console_discard                 302 302 403 403 403 404 404 404 404
    POST notices:console_copy                    302 302 403 403 403 404 404 404 404
    GET  notices:console_audience                200 200 403 403 403 404 404 404 404
    GET  notices:console_preview                 302 302 403 403 403 404 404 404 404
    POST notices:console_preview                 422 422 403 403 403 404 404 404 404
    GET  notices:console_incoming                200 200 403 403 403 404 404 404 404
    GET  notices:console_pass_on                 200 200 403 403 403 404 404 404 404
    POST notices:console_pass_on                 422 422 403 403 403 404 404 404 404
    POST notices:console_close                   422 422 403 403 403 404 404 404 404
    POST notices:console_receive                 302 302 403 403 403 404 404 404 404
    GET  notices:chain                           200 200 200 200 403 404 404 404 404
    GET  notices:people                          200 200 200 200 403 404 404 404 404
    POST notices:nudge                           422 422 403 403 403 404 404 404 404
    GET  notices:recall                          200 200 403 403 403 404 404 404 404
    POST notices:recall                          422 422 403 403 403 404 404 404 404
    GET  notices:console_chain                   200 200 200 200 403 404 404 404 404
    GET  notices:console_people                  200 200 200 200 403 404 404 404 404
    POST notices:console_nudge                   422 422 403 403 403 404 404 404 404
    GET  notices:console_recall                  200 200 403 403 403 404 404 404 404
    POST notices:console_recall                  422 422 403 403 403 404 404 404 404
"""
