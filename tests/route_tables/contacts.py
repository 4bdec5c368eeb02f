"""What each role gets: contacts."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
    GET  contacts:home                           200 200 200 200 200 200 200 200 200
    GET  contacts:search                         200 200 200 200 200 200 200 200 200
    GET  contacts:organization                   200 200 200 200 200 404 404 200 200
    GET  contacts:phone_book                     200 200 200 200 200 200 200 200 200
    POST contacts:phone_book                     422 422 422 422 422 422 422 422 422
    POST contacts:phone_book_add                 404 404 404 404 404 404 404 404 404
    POST contacts:forget_frequent                302 302 302 302 302 302 302 302 302
    GET  contacts:groups                         200 200 200 200 200 200 200 200 200
    GET  contacts:group_new                      200 200 200 200 200 200 200 200 200
    POST contacts:group_new                      422 422 422 422 422 422 422 422 422
    GET  contacts:group                          200 200 404 404 200 404 404 404 404
    GET  contacts:group_add                      200 200 404 404 403 404 404 404 404
    POST contacts:group_add                      422 422 404 404 403 404 404 404 404
    GET  contacts:group_remove                   200 200 404 404 403 404 404 404 404
    POST contacts:group_remove                   422 422 404 404 403 404 404 404 404
    GET  contacts:group_hand_over                200 200 404 404 403 404 404 404 404
    POST contacts:group_hand_over                422 422 404 404 403 404 404 404 404
    GET  contacts:group_rename                   200 200 404 404 403 404 404 404 404
    POST contacts:group_rename                   422 422 404 404 403 404 404 404 404
    POST contacts:group_leave                    302 404 404 404 302 404 404 404 404
    POST contacts:group_dissolve                 302 302 404 404 403 404 404 404 404
    GET  contacts:friends                        200 200 200 200 200 200 200 200 200
    GET  contacts:new_friends                    200 200 200 200 200 200 200 200 200
    GET  contacts:add_friend                     200 200 200 200 200 200 200 200 200
    POST contacts:add_friend                     422 422 422 422 422 422 422 422 422
    POST contacts:answer_friend                  422 404 404 404 404 404 404 404 404
    POST contacts:withdraw_friend                404 404 302 404 404 404 404 404 404
    GET  contacts:my_card                        200 200 200 200 200 200 200 200 200
    POST contacts:renew_card                     302 302 302 302 302 302 302 302 302
    GET  contacts:open_card                      200 200 200 200 200 200 200 200 200
    POST contacts:open_card                      302 302 302 302 302 302 302 302 302
    GET  contacts:blocked                        200 200 200 200 200 200 200 200 200
    GET  contacts:person                         200 200 200 200 302 404 404 404 404
    POST contacts:reveal_number                  200 200 200 200 404 404 404 404 404
    GET  contacts:ask_friend                     200 200 200 200 404 404 404 404 404
    POST contacts:ask_friend                     302 302 302 302 404 404 404 404 404
    POST contacts:unfriend                       409 409 409 409 404 404 404 404 404
    POST contacts:block                          302 302 302 302 422 404 404 404 404
    POST contacts:unblock                        404 404 404 404 404 404 404 404 404
    POST contacts:show_number                    409 409 409 409 409 409 409 409 409
"""
