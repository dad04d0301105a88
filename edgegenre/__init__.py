"""edgegenre: music genre classifiers from training to microcontroller, with one set of integers everywhere."""

__version__ = "0.1.0"
