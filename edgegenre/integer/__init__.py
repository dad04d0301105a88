"""The integer arithmetic, written once: what every export carries, and its numpy reference, offline and streaming."""
