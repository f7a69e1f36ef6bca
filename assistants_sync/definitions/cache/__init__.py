"""Definitions as they were read last time, for files that have not changed since.

It lies in the user's cache folder and is safe to delete. A file counts as unchanged when its text,
the text of every `!file` in it, the project's settings and this tool are what they were: what comes
out is what reading it again would give. Nothing is kept of a definition with a fault, or with a
secret written into it.
"""
