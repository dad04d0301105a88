# make demo   install, then train, export, verify, stream, measure and report on the built-in synthetic data set
# make test   install, then every quick test          make check-all   the slow ones too
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: install demo test lint check-all clean

install: $(INSTALLED)

# One pip command: installing in steps breaks pins that depend on each other. musicnn is read for its weights, never run,
# and asks for a numpy that no longer installs.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt torch==2.13.0 --editable '.[dev]'
	$(BIN)/pip install --quiet --no-deps musicnn==0.1.0
	touch $@

# Works in demo-output/, so that nothing of yours is touched. Every figure it prints comes from synthetic music.
demo: install
	rm -rf demo-output && mkdir demo-output
	cd demo-output && ../$(BIN)/edgegenre train ds-cnn1
	cd demo-output && ../$(BIN)/edgegenre export --int8
	cd demo-output && ../$(BIN)/edgegenre verify
	cd demo-output && ../$(BIN)/edgegenre data synth songs --tracks 1 --seed 7
	cd demo-output && ../$(BIN)/edgegenre listen --fast songs/Tango/*.wav
	cd demo-output && ../$(BIN)/edgegenre bench
	cd demo-output && ../$(BIN)/edgegenre report
	@echo "Look at $(CURDIR)/demo-output/report.html; the model to ship is in $(CURDIR)/demo-output/bundles/."

test: install
	OMP_NUM_THREADS=1 $(BIN)/pytest -m "not slow" -n 2 --dist loadfile

check-all: install lint
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@command -v clang-format >/dev/null || { echo "clang-format is not installed; apt-get install clang-format" >&2; exit 1; }
	clang-format --dry-run -Werror $$(find firmware_export -name '*.[ch]')

clean:
	rm -rf .venv demo-output .pytest_cache .mypy_cache .ruff_cache .hypothesis
