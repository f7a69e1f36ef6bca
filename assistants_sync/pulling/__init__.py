"""Dashboard edits brought back into the files they belong to: only what is declared, only files."""
