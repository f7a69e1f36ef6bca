"""`python -m assistants_sync`."""

import sys

from assistants_sync.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
