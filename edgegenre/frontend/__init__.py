"""From PCM to what the network sees: one specification, three implementations (float64, float32, integer)."""
