"""``python -m editenv``: the same as the command ``editenv``."""

import sys

from editenv.cli import main

if __name__ == "__main__":
    sys.exit(main())
