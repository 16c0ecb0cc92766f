"""A changed contract, tried before it is in force.

landed      on the bytes that lie in the landing: newly rejected records by rule
effects     on feeds and grants
"""
