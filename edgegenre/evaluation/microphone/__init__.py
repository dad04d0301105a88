"""What a microphone, a room and their surroundings make of music, in PCM, and what is still recognized then."""
