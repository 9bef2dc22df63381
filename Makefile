# The verbs of this project. Each is idempotent, says what it does and sets up what it needs; the work is done by cargo and scripts/.
#
# CARGO_TARGET_DIR is respected, so that several clones (or CI) can share one warm folder.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: demo develop test jvm lint fmt bench fuzz generate corpus dist wheel docs clean help

export CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
FUZZ_COUNT ?= 1000000
FUZZ_PROGRAMS ?= 20000
# Whether `make bench` measures the JVM, too.
BENCH_JVM = $(if $(PARTS),$(filter jvm,$(PARTS)),jvm)
CARGO := cargo
LOCKED := --locked

demo: develop ## Build, then answer a taxi question over millions of trips: in this process, then over Flight
	@bin/polybolos demo taxi

develop: ## Set up what is missing and make a debug build: the binary at bin/polybolos, the Python package importable in .venv/
	@scripts/setup.sh rust python
	@echo "== building bin/polybolos and the Python package (dev profile, into $$CARGO_TARGET_DIR; the first time takes about 15 minutes on two cores)"
	@$(CARGO) build $(LOCKED) -p polybolos-cli -p polybolos-python
	@mkdir -p bin && ln -sfn "$$CARGO_TARGET_DIR/debug/polybolos" bin/polybolos
	@scripts/venv.sh
	@scripts/link_python.sh "$$CARGO_TARGET_DIR/debug"

test: develop ## Run every test of every language
	@scripts/setup.sh python jvm
	@scripts/venv.sh integration-tests/python/requirements.txt scripts/requirements-wheel.txt
	@scripts/wheel.sh dev "$$CARGO_TARGET_DIR/wheels"
	@scripts/test.sh

jvm: develop ## Build the JVM modules and their native library into the local Maven repository, and run their tests on JDK 17 and 25
	@scripts/setup.sh jvm
	@scripts/jvm.sh test

lint: ## Check formatting, clippy, the contract, dependencies, generated files, the Python code and the documentation of the JVM
	@scripts/setup.sh rust python jvm
	@scripts/venv.sh scripts/requirements-lint.txt
	@scripts/lint.sh

fmt: ## Format Rust, the contract and Python
	@scripts/setup.sh rust python
	@scripts/venv.sh scripts/requirements-lint.txt
	$(CARGO) fmt --all
	.venv/bin/buf format --write proto
	.venv/bin/ruff check --quiet --fix .
	.venv/bin/ruff format --quiet .

bench: ## Measure beside the peers, as ratios in one run (release profile: a cold build takes 25 minutes; PARTS="latency wire")
	@scripts/setup.sh rust python $(BENCH_JVM)
	@scripts/venv.sh scripts/requirements-bench.txt
	$(CARGO) build $(LOCKED) --release -p polybolos-benchmarks -p polybolos-cli -p polybolos-python $(BENCH_JVM:jvm=-p polybolos-jvm)
	$(if $(BENCH_JVM),@scripts/jvm.sh bench)
	@$$CARGO_TARGET_DIR/release/polybolos-benchmarks $(PARTS)

fuzz: develop ## A million mutated plans through the door of the protocol, 20 000 random programs against DuckDB (FUZZ_COUNT= FUZZ_PROGRAMS=)
	@scripts/venv.sh integration-tests/python/requirements.txt
	POLYBOLOS_RANDOM_PROGRAMS=$(FUZZ_PROGRAMS) POLYBOLOS_BIN=bin/polybolos .venv/bin/python -m pytest --quiet integration-tests/python/test_random_programs.py
	POLYBOLOS_FUZZ_COUNT=$(FUZZ_COUNT) $(CARGO) test $(LOCKED) --release -p polybolos-protocol --test it fuzz -- --nocapture

generate: ## Write every file that is derived from the function registry (proto/functions)
	@scripts/setup.sh rust
	$(CARGO) run $(LOCKED) --quiet -p polybolos-generator

corpus: ## Write cases and expected results for DataFrame programs that have none (the oracle test has to confirm them)
	@scripts/setup.sh rust
	UPDATE_CORPUS=1 $(CARGO) test $(LOCKED) -p polybolos-integration-tests --test it -- programs::new_cases_are_written_when_asked --nocapture

dist: ## Build the release binary into dist/, with its checksum
	@scripts/setup.sh rust
	@scripts/dist.sh

wheel: ## Pack the Python package into dist/ as a wheel for every CPython from 3.11 (dist profile: half an hour on two cores when cold)
	@scripts/setup.sh rust python
	@scripts/venv.sh scripts/requirements-wheel.txt
	@scripts/wheel.sh dist dist

docs: develop ## Build the documentation of the Rust crates, the reference of the Python package and the pages of the JVM modules
	@scripts/setup.sh jvm
	@scripts/venv.sh scripts/requirements-docs.txt
	$(CARGO) doc $(LOCKED) --workspace --no-deps
	.venv/bin/python -m pdoc --docformat google --output-directory "$$CARGO_TARGET_DIR/doc/python" polybolos
	@scripts/jvm_docs.sh
	@echo "open $$CARGO_TARGET_DIR/doc/python/polybolos.html"
	@echo "open bindings/jvm/client/target/dokka/index.html"
	@echo "open $$CARGO_TARGET_DIR/doc/polybolos_client/index.html"

clean: ## Remove what was built, here and in CARGO_TARGET_DIR
	rm -rf bin dist .venv
	$(CARGO) clean

help: ## Show this list
	@echo "usage: make VERB"
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14
