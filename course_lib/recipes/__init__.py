"""One file per shipped checkpoint: from data to weights to card. Each runs as `python -m course_lib.recipes.<name>`."""
