"""Writers from one set of integers (or float arrays) to files that engines read, and the bundle made of them."""
