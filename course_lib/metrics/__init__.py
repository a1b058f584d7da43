"""Numbers about images and swaps, as the field defines them."""
