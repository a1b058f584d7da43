"""The library under the notebooks of the deepfake course. notebooks/00_start_here.ipynb is its map."""
import os

# TensorFlow reads this once, when it is first imported; without it a dozen lines of noise open every lesson.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"
