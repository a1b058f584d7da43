"""What `make bench` and `make portable` measure. A package of its own, for others bring one of this name."""
