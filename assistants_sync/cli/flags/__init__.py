"""The flags of each command, a module for each; `parser` puts them together."""
