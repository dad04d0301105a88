"""From float networks to integers: range observers, calibration, recipes."""
