"""The vendor's own API document: what is kept of it, and definitions held against it.

`document` keeps what we need of it, `mend` turns that into a JSON Schema, `check` holds definitions
against it. What checks is an extra of this package, and only `check` imports it.
"""
