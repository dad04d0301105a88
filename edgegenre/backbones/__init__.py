"""Networks that others have trained, used frozen: what they are, and their weights from files of many layouts."""
