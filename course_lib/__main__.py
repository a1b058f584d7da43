"""`python -m course_lib` is the `course` command, for where the command itself is not on the path."""
import sys

from .cli import main

sys.exit(main())
