"""Work on a large library that several computers share, by dask.distributed."""
