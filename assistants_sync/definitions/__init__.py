"""Floor 4: the door to the definitions. Files in, what is wanted out; nothing here writes one.

`load` is the door itself. Nothing is imported here, so that a command that needs the project file
alone starts fast.
"""
