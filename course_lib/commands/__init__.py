"""The subcommands of `course`, one file for each: parsing and printing. What they call does the work.

`course_lib.cli` imports all of them, so none may import TensorFlow or Keras before it runs.
"""
