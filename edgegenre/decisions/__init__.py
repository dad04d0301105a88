"""From logits to an answer: what is heard is a genre, unknown or silence. Integers alone, equal to eg_decide.c."""
