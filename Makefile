# Python 3.11 to 3.13 and make are all that has to be there. `make help` lists what can be made.
#
# VENV    the environment's folder                     PYTHON  the interpreter that it is made from
# PORT    the port of `make lab`                       ARGS    further arguments, passed through
# LESSON  a lesson's number, as 02                    SUBMISSIONS, OUT  what `make grade` reads, and writes
#
# Everything that can be made again is made in build/, and `make clean` deletes it; grades are kept elsewhere.
VENV = .venv
PORT =
LESSON =
ARGS =
SUBMISSIONS =
OUT = grades

BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY := $(BIN)/python
GOOD_PYTHON := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON = $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python,$(shell $(p) -c "$(GOOD_PYTHON)" 2>/dev/null && echo $(p))))
# The stamp carries a checksum of what was asked for, so a second run installs nothing and a change is noticed.
STAMP := $(VENV)/.installed-$(shell cat pyproject.toml requirements.lock | cksum | cut -d' ' -f1)
# The renderer is compiled once, for all kernels; where that fails, each kernel does it for itself.
READY := $(VENV)/.compiled
PIP = $(PY) -m pip install --disable-pip-version-check
# Of what pip says: the packages of 1 MB and more as they come, and that it begins to unpack.
LARGE = while IFS= read -r line; do case "$$line" in \
  *Downloading*\ MB\)* | *cached*\ MB\)*) echo "    $${line\#"$${line%%[! ]*}"}";; \
  Installing*) echo "    unpacking them all: a minute or two";; esac; done
# .jupyter holds what JupyterLab shows a learner: no news, no update notices, and none of nbgrader's menus.
# Tests run small and keep their caches inside the project.
TEST_ENV = COURSE_PROFILE=ci COURSE_CACHE="$(CURDIR)/build/cache"
PYTEST = $(TEST_ENV) $(PY) -m pytest
SIDE_BY_SIDE = --numprocesses=2 --dist=loadfile --no-loadscope-reorder
UV = build/uv/$(notdir $(BIN))/python -m uv
LOWEST = build/lowest/$(notdir $(BIN))/python
# Left out: what jsonschema needs to check internationalised addresses, which no notebook has. Its grammar is built anew
# in each process that opens a notebook, JupyterLab's among them, and that takes 3 s. Hence pip's --no-deps below.
LOCK = $(UV) pip compile --universal --fork-strategy fewest --python-version 3.11 \
  --no-emit-package rfc3987-syntax --no-emit-package lark \
  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --upgrade --quiet
NBVAL = --nbval-lax --nbval-current-env --nbval-cell-timeout=180 --durations=25
LESSONS := $(wildcard notebooks/$(LESSON)*.ipynb) $(wildcard notebooks/solutions/$(LESSON)*.ipynb)
SOLUTIONS := $(wildcard notebooks/solutions/*.ipynb)

.PHONY: help lab present inspectors slides book setup test lint unit fuzz lessons bench portable extras exercises grade pictures screenshots lowest release-check lock clean

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1#\2/p' Makefile | while IFS='#' read -r name what; do printf 'make %-13s %s\n' "$$name" "$$what"; done

lab: $(READY) ## set up if needed, and open the course in JupyterLab (PORT=8899 ARGS=--no-browser)
	JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter" $(PY) -m jupyterlab --ServerApp.root_dir="$(CURDIR)" $(if $(PORT),--port=$(PORT)) $(ARGS) notebooks/00_start_here.ipynb

present: $(READY) ## open a lesson ready for a projector, run through once beforehand (LESSON=02)
	@test -n "$(LESSON)" || { echo "Which lesson? make present LESSON=02"; exit 1; }
	$(PY) -m course_lib.publishing.present $(LESSON) $(if $(PORT),--port=$(PORT)) $(ARGS)

slides: $(READY) ## reveal.js slides into build/slides, of all lessons or one (LESSON=02 ARGS=--unexecuted)
	$(PY) -m course_lib.publishing.slides $(LESSON) $(ARGS)

inspectors: $(READY) ## all widgets on one page without code (PORT=8866 ARGS="Studio Quiz --no-browser")
	$(PY) -m course_lib.widgets.page $(if $(PORT),--port=$(PORT)) $(ARGS)

book: $(READY) ## the course as a static site in build/book/html, and as one zip in it; runs the lessons, some minutes each (LESSON=02 ARGS=--unexecuted)
	$(PY) -m course_lib.publishing.book $(LESSON) $(ARGS)

setup: $(READY) ## make the environment alone, with exact versions
	@echo "Ready. Next: \`make lab\` opens the course in JupyterLab; \`make test\` tries all of it."

$(STAMP):
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found. Install one, or name it: make PYTHON=/path/to/python3.12 lab"; exit 1; }
	@echo "Set-up, 1 of 4: the environment $(VENV), with $$(if test -x $(PY); then $(PY) --version; else $(PYTHON) --version; fi) (some seconds)"
	@test -x $(PY) || test -x $(PY).exe || $(PYTHON) -m venv $(VENV)
	@echo "Set-up, 2 of 4: $$(grep -c '^[a-z]' requirements.lock) packages, 3.3 GB on the disk (3 minutes, longer on a slow network)"
	@{ $(PIP) --progress-bar=off --no-deps --require-hashes -r requirements.lock; echo $$? > $(VENV)/.pip; } | $(LARGE); exit "$$(cat $(VENV)/.pip)"
	@echo "Set-up, 3 of 4: the course itself (some seconds)"
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.installed-* $(VENV)/.pip
	@touch $@

$(READY): $(STAMP) $(wildcard course_lib/cast/*.py) course_lib/compiled.py
	@echo "Set-up, 4 of 4: the renderer, compiled for this processor (half a minute)"
	@$(PY) -m course_lib compile || true
	@touch $@

test: lint $(READY) ## set up if needed, then ruff, the unit tests, every lesson and solution (and in a browser)
	$(PYTEST) $(SIDE_BY_SIDE) $(NBVAL) tests $(LESSONS) $(ARGS)

lint: $(STAMP) ## ruff over the code and the notebooks
	$(PY) -m ruff check

unit: $(READY) ## the unit tests (ARGS="-k cast")
	$(PYTEST) $(SIDE_BY_SIDE) tests $(ARGS)

fuzz: $(READY) ## hundreds of malformed inputs through every reader, and stops at random moments; make test runs a sample
	COURSE_FUZZ=all $(PYTEST) tests/fuzz tests/provenance/test_signing.py -s $(ARGS)

lessons: $(READY) ## every lesson and every solution from top to bottom, in the ci profile (one: LESSON=02)
	$(PYTEST) $(SIDE_BY_SIDE) $(NBVAL) $(LESSONS) $(ARGS)

bench: $(READY) ## measure speeds on this machine: a table, and build/bench.json (ARGS=--peers: beside torch, where it is there)
	$(PY) -m benchmarks $(ARGS)

portable: $(READY) ## what trains, under other instruction sets, seeds and loads (ARGS="--only 04 --setting avx2")
	$(TEST_ENV) $(PY) -m benchmarks.portable $(ARGS)

exercises: $(STAMP) ## make notebooks/exercises from notebooks/solutions
	$(PY) -m jupyter nbconvert --log-level=ERROR --to notebook --output-dir notebooks/exercises \
	  --NotebookExporter.preprocessors=nbgrader.preprocessors.ClearSolutions \
	  --NotebookExporter.preprocessors=nbgrader.preprocessors.ClearOutput $(SOLUTIONS)

grade: $(READY) ## grade the submissions in a folder (SUBMISSIONS=handed_in), into grades/ (OUT=elsewhere)
	@test -n "$(SUBMISSIONS)" || { echo "Which folder? make grade SUBMISSIONS=handed_in [OUT=grades]"; exit 1; }
	$(PY) -m course_lib grade "$(SUBMISSIONS)" --output "$(OUT)" $(ARGS)

pictures: $(READY) ## draw the README's pictures into docs/
	$(PY) -m course_lib.publishing.readme_pictures $(ARGS)

screenshots: $(READY) ## draw the README's pictures of JupyterLab into docs/, from the tests in the browser
	$(PYTEST) tests/browser/test_lessons_in_browser.py::test_the_first_lesson_runs_whole_and_its_widget_answers $(ARGS)
	$(PY) -m course_lib.publishing.readme_pictures screenshot

extras: $(READY) ## install what is optional: C2PA's reference implementation, Dask, espeak-ng (GPL-3.0; hashes in extras.lock)
	$(PIP) --require-hashes -r extras.lock

# On the lowest Python too, for the oldest packages have no wheels for a newer one.
lowest: build/uv ## the unit tests with the lowest versions that pyproject.toml allows, in build/lowest (ARGS="-k cast")
	$(UV) venv --quiet --clear --python 3.11 build/lowest
	$(UV) pip install --quiet --python $(LOWEST) --resolution lowest-direct --requirement pyproject.toml --all-extras
	$(TEST_ENV) PYTHONPATH="$(CURDIR)" $(LOWEST) -m course_lib compile
	$(TEST_ENV) PYTHONPATH="$(CURDIR)" $(LOWEST) -m pytest $(SIDE_BY_SIDE) tests --ignore=tests/browser $(ARGS)

release-check: $(READY) ## is this commit fit for a release? An hour or two: all of it in a clean clone (ARGS="--only weights")
	$(PY) -m course_lib.publishing.release $(ARGS)

build/uv:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found"; exit 1; }
	$(PYTHON) -m venv build/uv
	$(UV:uv=pip) install --quiet --disable-pip-version-check uv

lock: build/uv ## renew requirements.lock and extras.lock from pyproject.toml
	$(LOCK) pyproject.toml --extra test --extra instructor --extra book --output-file requirements.lock > /dev/null
	$(LOCK) --group extras --constraint requirements.lock --output-file extras.lock > /dev/null

clean: ## remove what can be made again: the environment, build/, caches; not grades/
	rm -rf $(VENV) build .ruff_cache .hypothesis *.egg-info
