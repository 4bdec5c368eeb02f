"""Points: rules with versions, an append-only ledger, balances (积分规则、积分明细)."""
