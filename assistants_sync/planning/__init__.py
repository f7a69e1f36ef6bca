"""Floor 4, the pure core: the same desired, state and live give the same plan, byte for byte."""
