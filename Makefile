# The working day in one place; every target sets up what it needs. See README.md.
PYTHON ?= $(shell command -v python3 || command -v python)
SETUP = $(PYTHON) deploy/setup.py
DESK = .venv/bin/python

.PHONY: run test check accept lint train eval bench bench-understanding setup lock stop clean

run: setup        ## start everything; Ctrl-C stops it
	@exec $(DESK) deploy/run.py

test: setup       ## everything the project promises
	@$(DESK) deploy/train.py
	@$(DESK) -m pytest

check: setup lint ## knowledge, generated files, style, types
	@$(DESK) -m desk check
	@$(DESK) -m desk export --check
	@$(DESK) -m desk draw
	@mkdir -p var/log; RASA_TELEMETRY_ENABLED=false .venv-rasa/bin/rasa data validate --config config.yml \
	  --domain bot/domain --data data > var/log/validate.log 2>&1 || { tail -20 var/log/validate.log; exit 1; }

accept: setup     ## record added ids and changed citations of knowledge/ (ids.lock)
	@$(DESK) -m desk accept

lint: setup
	@$(DESK) -m ruff check .
	@$(DESK) -m ruff format --check .
	@$(DESK) -m mypy

train: setup      ## generate training data from knowledge/ and train if anything changed
	@$(DESK) -m desk export
	@$(DESK) deploy/train.py

eval: setup       ## make eval QUESTIONS=in.jsonl OUT=out.jsonl
	@test -n "$(QUESTIONS)" -a -n "$(OUT)" || { echo "usage: make eval QUESTIONS=in.jsonl OUT=out.jsonl"; exit 2; }
	@$(DESK) deploy/train.py
	@RASA_TELEMETRY_ENABLED=false .venv-rasa/bin/python -W ignore -m bot.evaluate "$(QUESTIONS)" "$(OUT)"

bench: setup      ## self-checks, contention, and stock Rasa compared (about 15 minutes, 6 GB of temporary files)
	@$(DESK) -m bench.checks
	@$(DESK) -m bench.booking $(if $(BENCH_QUICK),--quick)
	@$(DESK) -m bench.engine $(if $(BENCH_QUICK),--quick)

bench-understanding: setup  ## rankings compared on held-out questions (over an hour, 4 GB of temporary files)
	@RASA_TELEMETRY_ENABLED=false .venv-rasa/bin/python -W ignore -m bench.understanding

setup:
	@test -n "$(PYTHON)" || { echo "No python3 found. Install Python 3 (Debian: apt-get install python3 python3-venv)."; exit 1; }
	@$(SETUP)

lock: setup       ## renew the lock files from the *.in files
	@$(SETUP) --lock

stop:             ## stop a service started elsewhere with make run, and wait for its end
	@$(DESK) deploy/stop.py

clean:            ## remove environments and models; keeps var/, where the data is
	rm -rf .venv .venv-rasa .tools models/*.tar.gz
