"""What each role gets: learning."""

TABLE = """
#                                            owner whole coll outs memb newc stra city oper
"""
