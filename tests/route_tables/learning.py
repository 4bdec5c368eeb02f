"""What each role gets: learning."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
    GET  learning:item                           404 404 404 404 404 404 404 404 404
    POST learning:progress                       404 404 404 404 404 404 404 404 404
    POST learning:finish                         404 404 404 404 404 404 404 404 404
    GET  learning:file                           404 404 404 404 404 404 404 404 404
"""
