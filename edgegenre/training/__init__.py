"""From a network description and a data set to a trained run folder. torch lives here, and is imported late."""
