"""What each role gets: certification."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
    GET  certification:invitations               200 200 403 403 403 404 404 404 404
    POST certification:invitations               422 422 403 403 403 404 404 404 404
    GET  certification:invitation                200 200 403 403 403 404 404 404 404
    POST certification:revoke_invitation         302 302 404 404 404 404 404 404 404
    GET  certification:open_invitation           200 200 200 200 200 200 200 200 200
    POST certification:open_invitation           422 422 422 422 422 422 422 422 422
    GET  certification:received                  200 200 403 403 403 404 404 404 404
    POST certification:approve                   302 302 403 403 403 403 404 404 404
    POST certification:refuse                    422 422 403 403 403 403 404 404 404
    POST certification:withdraw                  403 403 403 403 403 302 404 404 404
    GET  certification:status                    200 200 200 200 403 404 404 404 404
    GET  certification:settings                  200 200 403 403 403 404 404 404 404
    POST certification:rename                    409 409 403 403 403 404 404 403 403
    GET  certification:dissolve                  200 200 403 403 403 404 404 404 404
    POST certification:dissolve                  409 403 403 403 403 404 404 403 403
    GET  certification:decertify                 200 200 403 403 403 404 404 200 200
    POST certification:decertify                 422 403 403 403 403 404 404 422 403
    GET  certification:subordinates              200 200 403 403 403 404 404 200 200
    GET  certification:claim_links               200 200 404 404 404 404 404 403 200
    POST certification:claim_links               422 422 404 404 404 404 404 403 302
    POST certification:revoke_claim_link         302 302 404 404 404 404 404 403 302
    GET  certification:open_claim                200 200 200 200 200 200 200 200 200
    POST certification:open_claim                302 302 302 302 302 302 302 302 302
    GET  certification:console_received          200 200 200 200 200 200 200 200 200
    GET  certification:console_sent              200 200 200 200 200 200 200 200 200
    POST certification:console_approve           302 302 403 403 403 403 404 404 404
    POST certification:console_refuse            422 422 403 403 403 403 404 404 404
    POST certification:console_withdraw          403 403 403 403 403 302 404 404 404
    POST certification:approve_rename            302 302 404 404 404 404 404 404 404
    POST certification:refuse_rename             422 422 404 404 404 404 404 404 404
    POST certification:console_approve_rename    302 302 404 404 404 404 404 404 404
    POST certification:console_refuse_rename     422 422 404 404 404 404 404 404 404
    POST certification:console_withdraw_rename   403 403 404 404 404 404 404 404 404
    GET  certification:console_settings          200 200 403 403 403 404 404 404 404
    POST certification:console_rename_now        409 409 403 403 403 404 404 403 403
    GET  certification:console_dissolve          200 200 403 403 403 404 404 404 404
    POST certification:console_dissolve          409 403 403 403 403 404 404 403 403
    GET  certification:console_rename            200 200 403 403 403 404 404 404 404
    POST certification:console_rename            422 403 403 403 403 404 404 404 404
    GET  certification:console_chain             200 200 200 200 200 200 200 200 200
    GET  certification:console_level             200 200 403 403 403 404 404 200 200
    GET  certification:console_decertify         200 200 403 403 403 404 404 200 200
    POST certification:console_decertify         422 403 403 403 403 404 404 422 403
    GET  certification:console_claim_links       200 200 404 404 404 404 404 403 200
    POST certification:console_claim_links       422 422 404 404 404 404 404 403 302
    POST certification:console_revoke_claim_link 302 302 404 404 404 404 404 403 302
"""
