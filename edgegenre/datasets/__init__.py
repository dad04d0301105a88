"""Where labeled music comes from: one file a source, each giving a Dataset; splits of it; checks of it."""
