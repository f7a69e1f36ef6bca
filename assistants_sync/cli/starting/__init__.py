"""What `init` knows of a project that begins: its answers, its files, and how they are written."""
