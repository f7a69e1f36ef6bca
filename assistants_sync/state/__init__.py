"""Floor 4, a door: where state lives.

`backend` is the port every place fulfils, `journaled` makes a `StateStore` of any of them, `codec`
and `trash` are pure, `locations` opens the one that a project names.
"""
