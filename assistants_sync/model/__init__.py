"""Floor 1: the nouns. Frozen, pure, without I/O; they raise nothing but ValueError."""
