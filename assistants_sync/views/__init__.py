"""Floor 6: a plan, an event or a fault to text. No clock, no stream, no decision."""
