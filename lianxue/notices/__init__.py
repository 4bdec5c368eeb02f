"""Notices: written once, relayed down the chain, with true receipts (通知、传达、回执)."""
