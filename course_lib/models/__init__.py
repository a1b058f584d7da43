"""Published architectures, one a file; functions that return a keras.Model."""
