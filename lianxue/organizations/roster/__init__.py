"""Roster files: what columns there are, how a file is read, what one row of it says.

Nothing here touches the database. ``fields``: the columns. ``reading``: bytes to cells.
``rows``: one row as typed and as understood, as it is kept.
"""
