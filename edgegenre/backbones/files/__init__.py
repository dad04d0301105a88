"""Readers of files of weights, one a format: plain float arrays by name within bounds, never code."""
