"""Many trainings that share one study: models, recipes and settings of the training, and which of them pay."""
