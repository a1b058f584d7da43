"""The subcommands of `course`, one file for each: parsing and printing. Lesson 00."""
