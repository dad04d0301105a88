"""The integer form of each kind, with numpy as the reference: int16 PCM to int8 features without a float."""
