"""Floor 7: argv in, exit code out; here alone we wire, read the environment, print and ask."""
