"""Who may go where: every address of the site, tried by nobody and by each role of the cast.

A new address fails here until it has its row: decide who may, then write it down.
"""

import re
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client

from .accounts.proofs import fresh_client
from .cast import Cast, sign_in
from .routes import Route, World, make_world, routes, undone

#: Open to visitors, each for a reason.
PUBLIC = {
    # for machines and for browsers as such: the same for everybody
    "health",
    "manifest",
    "service_worker",
    "offline",
    "appearance",
    # the ways in, and what must be read before going in
    "accounts:login",
    "accounts:login_code",
    "accounts:login_resend",
    "accounts:login_cancel",
    "accounts:logout",
    "accounts:agreement",
    "onboarding:register",
    "onboarding:agreements",
    "onboarding:code",
    "onboarding:resend",
    "onboarding:cancel",
    "onboarding:profile",
    # allauth's own names: the second step, passkeys, DingTalk; the rest only lead to our pages
    "mfa_authenticate",
    "mfa_login_webauthn",
    "dingtalk_login",
    "dingtalk_callback",
    "account_login",
    "account_signup",
    "account_inactive",
    "account_reauthenticate",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
    "socialaccount_connections",
}

ROLES = (
    "owner",  # 县's main administrator
    "whole_admin",  # its learning administrator without a scope
    "colleague",  # its learning administrator for the branch above the one named in the address
    "outsider_admin",  # its learning administrator for another branch
    "member",  # a plain member of it; the membership and the real-name request are theirs
    "newcomer_admin",  # the main administrator of 新, which asks 县 for certification
    "stranger",  # belongs nowhere
    "city_admin",  # the main administrator of 县's superior
    "operator",  # serves the site
)

#: What each gets, all things named being 县's (``routes.make_world``), forms being sent empty.
#: A verb that is not here is refused to all (405). 302 after a POST: it was done, or real-name
#: verification comes first; 422, 409: the one who may do it, but not like that.
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
    GET  organizations:work                      200 200 200 200 200 200 200 200 200
    GET  organizations:create                    200 200 200 200 302 200 200 200 302
    POST organizations:create                    422 422 422 422 302 422 422 422 302
    GET  organizations:create_region             200 200 200 200 200 200 200 200 200
    GET  organizations:home                      200 200 200 200 200 404 404 404 404
    POST organizations:leave                     409 302 302 302 302 404 404 404 404
    GET  organizations:tree                      200 200 200 200 200 404 404 404 404
    GET  organizations:manage                    200 200 403 403 403 404 404 404 404
    GET  organizations:branch_add                200 200 403 403 403 404 404 404 404
    POST organizations:branch_add                422 422 403 403 403 404 404 404 404
    GET  organizations:branch_edit               200 200 200 403 403 404 404 404 404
    POST organizations:branch_edit               422 422 422 403 403 404 404 404 404
    GET  organizations:branch_move               200 200 200 403 403 404 404 404 404
    POST organizations:branch_move               422 422 422 403 403 404 404 404 404
    GET  organizations:branch_merge              200 200 200 403 403 404 404 404 404
    POST organizations:branch_merge              422 422 422 403 403 404 404 404 404
    POST organizations:branch_delete             302 302 302 403 403 404 404 404 404
    GET  organizations:members                   200 200 200 200 200 404 404 404 404
    GET  organizations:members_add               200 200 200 200 403 404 404 404 404
    POST organizations:members_add               422 422 422 422 403 404 404 404 404
    GET  organizations:member                    200 200 200 200 200 404 404 404 404
    POST organizations:member_reveal             200 200 200 200 200 404 404 404 404
    GET  organizations:member_phone              200 200 200 403 403 404 404 404 404
    POST organizations:member_phone              409 409 409 403 403 404 404 404 404
    GET  organizations:member_move               200 200 200 403 403 404 404 404 404
    POST organizations:member_move               422 422 422 403 403 404 404 404 404
    GET  organizations:member_remove             200 200 200 403 403 404 404 404 404
    POST organizations:member_remove             422 422 422 403 403 404 404 404 404
    GET  organizations:member_name               200 200 200 403 403 404 404 404 404
    POST organizations:member_name               422 422 422 403 403 404 404 404 404
    GET  organizations:member_detail             200 200 200 403 200 404 404 404 404
    POST organizations:member_detail_reveal      200 200 200 403 200 404 404 404 404
    POST organizations:member_detail_change      302 302 302 403 403 404 404 404 404
    GET  organizations:admins                    200 200 200 200 403 404 404 404 404
    GET  organizations:pick_admin                200 403 403 403 403 404 404 404 404
    GET  organizations:pick_successor            200 403 403 403 403 404 404 404 404
    GET  organizations:appoint                   200 403 403 403 403 404 404 404 404
    POST organizations:appoint                   422 403 403 403 403 404 404 404 404
    GET  organizations:offer_handover            200 403 403 403 403 404 404 404 404
    POST organizations:offer_handover            409 403 403 403 403 404 404 404 404
    POST organizations:dismiss                   302 403 403 403 403 404 404 404 404
    GET  organizations:handover                  404 404 200 404 404 404 404 404 404
    POST organizations:handover                  404 404 422 404 404 404 404 404 404
    POST organizations:withdraw_handover         302 403 403 403 403 404 404 404 404
    GET  organizations:security                  200 200 403 403 403 404 404 404 404
    POST organizations:security                  422 422 403 403 403 404 404 404 404
    GET  organizations:security_reach            200 200 403 403 403 404 404 404 404
    POST organizations:security_reach            422 422 403 403 403 404 404 404 404
    POST organizations:security_reach_remove     404 404 403 403 403 404 404 404 404
    GET  organizations:security_phones           200 200 403 403 403 404 404 404 404
    POST organizations:security_phones           422 422 403 403 403 404 404 404 404
    POST organizations:security_phones_remove    404 404 403 403 403 404 404 404 404
    GET  organizations:console_security          200 200 403 403 403 404 404 404 404
    POST organizations:console_security          422 422 403 403 403 404 404 404 404
    GET  organizations:console_security_reach    200 200 403 403 403 404 404 404 404
    POST organizations:console_security_reach    422 422 403 403 403 404 404 404 404
    POST organizations:console_security_reach_remove 404 404 403 403 403 404 404 404 404
    GET  organizations:console_security_phones   200 200 403 403 403 404 404 404 404
    POST organizations:console_security_phones   422 422 403 403 403 404 404 404 404
    POST organizations:console_security_phones_remove 404 404 403 403 403 404 404 404 404
    GET  organizations:console_security_door     302 302 403 403 302 302 302 302 302
    GET  organizations:log                       200 200 403 403 403 404 404 404 404
    GET  organizations:console_log               200 200 403 403 302 200 302 200 302
    GET  organizations:access_me                 200 200 200 200 200 404 404 404 404
    GET  organizations:access                    200 200 200 200 403 404 404 404 404
    GET  organizations:access_person             200 200 200 403 403 404 404 404 404
    GET  organizations:access_sees               200 200 200 403 403 404 404 404 404
    GET  organizations:console_access            302 302 302 302 302 302 302 302 302
    GET  organizations:console_home              200 200 200 200 200 200 200 200 200
    GET  organizations:console_members           302 302 302 302 302 302 302 302 302
    GET  organizations:console_tree              200 200 200 200 403 404 404 404 404
    GET  organizations:console_level             200 200 200 200 403 404 404 404 404
    GET  organizations:imports                   200 200 200 200 403 404 404 404 404
    GET  organizations:import_new                200 200 200 200 403 404 404 404 404
    POST organizations:import_new                422 422 422 422 403 404 404 404 404
    GET  organizations:import_template           200 200 200 200 403 404 404 404 404
    GET  organizations:import_page               200 200 404 404 403 404 404 404 404
    GET  organizations:import_corrected          200 200 404 404 403 404 404 404 404
    POST organizations:import_confirm            409 403 404 404 403 404 404 404 404
    POST organizations:import_replan             302 403 404 404 403 404 404 404 404
    POST organizations:import_drop               302 302 404 404 403 404 404 404 404
    POST organizations:import_undo               409 409 404 404 403 404 404 404 404
    GET  organizations:export_members            200 200 200 200 403 404 404 404 404
    POST organizations:export_members            422 422 422 422 403 404 404 404 404
    POST organizations:console_move              302 302 302 302 403 404 404 404 404
    POST organizations:console_bulk              302 302 302 302 403 404 404 404 404
    POST organizations:console_columns           302 302 302 302 302 302 302 302 302
    GET  organizations:member_remind             200 200 200 403 403 404 404 404 404
    POST organizations:member_remind             409 409 409 403 403 404 404 404 404
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
    GET  notices:home                            200 200 200 200 200 200 200 200 200
    GET  notices:notice                          200 200 200 200 200 404 404 404 404
    POST notices:confirm                         302 302 302 302 302 404 404 404 404
    POST notices:archive                         302 409 409 409 409 404 404 404 404
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


def expected() -> dict[tuple[str, str], list[int]]:
    """The table by verb and name, one status per role."""
    lines = [line.split() for line in TABLE.splitlines() if line and not line.startswith("#")]
    return {(verb, name): [int(one) for one in statuses] for verb, name, *statuses in lines}


GUARDED = [route for route in routes() if route.name not in PUBLIC]


EXAMPLE = "13800001000"  # in the help beside a form


@pytest.fixture
def world(cast: Cast) -> World:
    return make_world(cast)


def _send(client: Client, verb: str, address: str) -> HttpResponse:
    """The answer; what it wrote is undone."""
    form = "application/x-www-form-urlencoded"
    return undone(client, lambda: client.generic(verb, address, "", content_type=form))


def test_every_address_has_its_row() -> None:
    names = {route.name for route in routes()}
    assert {name for _, name in expected()} == names - PUBLIC
    assert names >= PUBLIC
    assert {len(statuses) for statuses in expected().values()} == {len(ROLES)}


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_visitor_is_led_to_the_login_page(world: World, verb: str) -> None:
    let_in = []
    for route in GUARDED:
        answer = _send(Client(), verb, world.address(route))
        led = answer.status_code == 302 and answer["Location"].startswith("/login/?next=")
        if not led and answer.status_code != 405:
            let_in.append((route.name, answer.status_code))
    assert not let_in


@pytest.mark.slow
@pytest.mark.parametrize("who", ROLES)
def test_what_each_role_gets(world: World, who: str) -> None:
    table, wrong = expected(), []
    client = fresh_client(getattr(world.cast, who))
    for route in GUARDED:
        for verb in ("GET", "POST"):
            right = table.get((verb, route.name), [405] * len(ROLES))[ROLES.index(who)]
            got = _send(client, verb, world.address(route)).status_code
            if got != right:
                wrong.append((verb, route.name, f"{got}, should be {right}"))
    assert not wrong


def _pages(world: World, who: str) -> Iterator[tuple[Route, HttpResponse]]:
    """Every page that ``who`` can read."""
    client = fresh_client(getattr(world.cast, who))
    for route in routes():
        answer = _send(client, "GET", world.address(route))
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            yield route, answer


@pytest.mark.slow
@pytest.mark.parametrize("who", ROLES)
def test_no_page_shows_the_number_of_somebody_else(world: World, who: str) -> None:
    mine = getattr(world.cast, who).phone
    shown = {
        (route.name, number)
        for route, answer in _pages(world, who)
        for number in re.findall(
            r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])", answer.content.decode()
        )
        if number not in {mine, EXAMPLE}
    }
    assert not shown


@pytest.mark.parametrize("who", ["newcomer_admin", "stranger"])
def test_no_page_names_the_people_of_another_organisation(world: World, who: str) -> None:
    cast = world.cast
    people = [cast.owner, cast.colleague, cast.outsider_admin, cast.whole_admin, cast.member]
    named = {
        (route.name, person.name)
        for route, answer in _pages(world, who)
        for person in people
        if person.name in answer.content.decode()
    }
    assert not named


def test_headers_of_every_page(world: World) -> None:
    """Never in another's frame, scripts by the policy alone, never kept in a shared cache."""
    wrong = []
    for route, answer in [*_pages(world, "owner"), *_pages(world, "operator")]:
        held = {
            "policy": "script-src 'self'" in answer.get("Content-Security-Policy", ""),
            "no eval": "unsafe" not in answer.get("Content-Security-Policy", "unsafe"),
            "frame": answer.get("X-Frame-Options") == "DENY",
            "sniff": answer.get("X-Content-Type-Options") == "nosniff",
            "cache": "private" in (cache := answer.get("Cache-Control", ""))
            and "no-store" in cache,
        }
        if route.name in {"offline"}:  # the same for everybody; the service worker keeps it
            held.pop("cache")
        wrong += [(route.name, what) for what, right in held.items() if not right]
    assert not wrong


def test_a_visitors_form_is_kept_by_nobody() -> None:
    for address in ("/login/", "/register/"):
        assert "no-store" in sign_in(None).get(address)["Cache-Control"], address
