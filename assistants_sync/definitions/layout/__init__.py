"""How a definition file is laid out: its canonical form, and edits that leave the rest alone.

A round-trip library was tried first (ruamel.yaml 0.19): it hangs a comment on what stands before
it, so that fields put in order leave their comments behind, and it lays out anew what an edit did
not touch. Here the places that the parser gives are enough, and nothing is installed for it.
"""
