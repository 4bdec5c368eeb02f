"""What each role gets: points."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
    GET  points:home                             200 200 200 200 200 200 200 200 200
    GET  points:explain                          404 404 404 404 200 404 404 404 404
    GET  points:terms                            200 200 200 200 200 404 404 404 404
    GET  points:ranking                          404 404 404 404 404 404 404 404 404
    GET  points:console_door                     302 302 302 302 302 302 302 302 302
    GET  points:desk                             200 200 200 200 403 404 404 404 404
    GET  points:people                           200 200 200 200 403 404 404 404 404
    GET  points:rules                            200 200 200 200 403 404 404 404 404
    GET  points:rule                             200 200 200 200 403 404 404 404 404
    GET  points:member                           200 200 200 404 403 404 404 404 404
    GET  points:reverse                          200 200 200 404 403 404 404 404 404
    POST points:reverse                          422 422 422 404 403 404 404 404 404
    POST points:rule                             422 422 403 403 403 404 404 404 404
    GET  points:ranking_switch                   200 403 403 403 403 404 404 404 404
    POST points:ranking_switch                   422 403 403 403 403 404 404 404 404
    GET  points:console_desk                     200 200 200 200 403 404 404 404 404
    GET  points:console_people                   200 200 200 200 403 404 404 404 404
    GET  points:console_rules                    200 200 200 200 403 404 404 404 404
    GET  points:console_rule                     200 200 200 200 403 404 404 404 404
    GET  points:console_member                   200 200 200 404 403 404 404 404 404
    GET  points:console_reverse                  200 200 200 404 403 404 404 404 404
    POST points:console_reverse                  422 422 422 404 403 404 404 404 404
    POST points:console_rule                     422 422 403 403 403 404 404 404 404
    GET  points:console_ranking_switch           200 403 403 403 403 404 404 404 404
    POST points:console_ranking_switch           422 403 403 403 403 404 404 404 404
"""
