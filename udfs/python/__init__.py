"""What runs in Exasol's Python 3.10: plain modules that the bundle joins into scripts.

Nothing here needs more than an Exasol built-in container holds (boto3, the standard
library). Script bodies must hold no semicolon and only balanced quotes: see bundle.py.
"""
