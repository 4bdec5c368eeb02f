"""What each role gets: points."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
"""
