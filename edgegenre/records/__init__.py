"""The one form of a result: what was measured, emulated or computed, where, how, and how it is written and read."""
