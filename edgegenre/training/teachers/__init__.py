"""Networks that know more than the one in training, and what they have to say about its tracks."""
