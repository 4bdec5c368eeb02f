"""The only place that writes organisations, branches, memberships and roles.

Locks are taken in one order everywhere: organisations by id, then named locks (a phone, the
forest's roots), then memberships by id, then the audit log's heads.
"""
