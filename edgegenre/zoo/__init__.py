"""Models as data, one file a paper."""
