"""How wheels, source distributions and images are made the same every time, compared, and looked into.

Nothing here runs a program; files are read through what the caller hands in.
"""
