"""`python -m tuningkit`, for when the `tuningkit` command is not on the search path."""

import sys

from tuningkit.cli import main

sys.exit(main())
