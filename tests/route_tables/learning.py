"""What each role gets: learning."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
    GET  learning:item                           404 404 404 404 404 404 404 404 404
    POST learning:progress                       404 404 404 404 404 404 404 404 404
    POST learning:finish                         404 404 404 404 404 404 404 404 404
    GET  learning:file                           404 404 404 404 404 404 404 404 404
    GET  learning:home                           200 200 200 200 200 200 200 200 200
    GET  learning:all                            200 200 200 200 200 200 200 200 200
    GET  learning:column                         200 200 200 200 200 404 404 404 404
    GET  learning:tag                            200 200 200 200 200 200 200 200 200
    GET  learning:search                         200 200 200 200 200 200 200 200 200
    GET  learning:favourites                     200 200 200 200 200 200 200 200 200
    GET  learning:records                        200 200 200 200 200 200 200 200 200
    POST learning:favourite                      302 302 302 302 302 404 404 404 404
    GET  learning:comment                        200 200 200 200 200 404 404 404 404
    POST learning:comment                        422 422 422 422 422 404 404 404 404
    POST learning:remove_comment                 404 404 404 404 302 404 404 404 404
"""
