"""What each role gets: the own account, the inbox and what belongs to no app."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
    GET  watermark                               200 200 200 200 200 200 200 200 200
    GET  inbox:home                              200 200 200 200 200 200 200 200 200
    GET  inbox:message                           200 404 404 404 404 404 404 404 404
    GET  accounts:agreements_renew               302 302 302 302 302 302 302 302 302
    POST accounts:agreements_renew               302 302 302 302 302 302 302 302 302
    GET  accounts:me                             200 200 200 200 200 200 200 200 200
    GET  accounts:profile                        200 200 200 200 200 200 200 200 200
    GET  accounts:appearance                     200 200 200 200 200 200 200 200 200
    GET  accounts:privacy                        200 200 200 200 200 200 200 200 200
    POST accounts:privacy                        422 422 422 422 422 422 422 422 422
    GET  accounts:data                           200 200 200 200 200 200 200 200 200
    POST accounts:export                         200 200 200 200 200 200 200 200 200
    GET  accounts:realname                       200 200 200 200 200 200 200 200 200
    POST accounts:realname                       409 409 409 409 409 409 409 409 422
    POST accounts:realname_retry                 404 404 404 404 302 404 404 404 404
    POST accounts:realname_withdraw              404 404 404 404 302 404 404 404 404
    POST accounts:realname_reveal                404 404 404 404 200 404 404 404 404
    GET  accounts:security                       200 200 200 200 200 200 200 200 200
    GET  accounts:confirm                        200 200 200 200 200 200 200 200 200
    POST accounts:confirm                        422 422 422 422 422 422 422 422 422
    GET  accounts:password                       200 200 200 200 200 200 200 200 200
    POST accounts:password                       422 422 422 422 422 422 422 422 422
    GET  accounts:totp                           200 200 200 200 200 200 200 200 200
    POST accounts:totp                           422 422 422 422 422 422 422 422 422
    POST accounts:totp_off                       404 404 404 404 404 404 404 404 404
    POST accounts:recovery_codes                 409 409 409 409 409 409 409 409 409
    GET  accounts:passkeys                       200 200 200 200 200 200 200 200 200
    POST accounts:passkeys                       422 422 422 422 422 422 422 422 422
    POST accounts:passkey_remove                 404 404 404 404 404 404 404 404 404
    GET  accounts:sessions                       200 200 200 200 200 200 200 200 200
    POST accounts:sessions_end                   302 302 302 302 302 302 302 302 302
    POST accounts:session_end                    404 404 404 404 404 404 404 404 404
    GET  accounts:dingtalk                       302 302 302 302 302 302 302 302 302
    POST accounts:dingtalk                       302 302 302 302 302 302 302 302 302
    POST accounts:dingtalk_unlink                302 302 302 302 302 302 302 302 302
    GET  accounts:console_realname               403 403 403 403 403 403 403 403 200
    POST accounts:console_realname_approve       404 404 404 404 403 404 404 404 302
    POST accounts:console_realname_refuse        403 403 403 403 403 403 403 403 422
    POST accounts:console_realname_reveal        403 403 403 403 403 403 403 403 200
"""
