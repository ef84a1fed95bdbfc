# make demo   everything, on the fictional retailer (RETAILER=completejourney for real baskets)
# make test   what CI runs
# make check  ruff and mypy --strict
# make bench  reading and keeping against dlt and the stock SDK, resolving against DuckDB (ARGS="fixed --pairs 3")
# make bench-identity  who is who, against Splink and DuckDB (ARGS="census")
# make spark  installs Spark beside the rest, for `engine: spark`; it needs Java 17 (Debian: default-jre-headless)
# make test-spark  the same persons on Spark, on two workers of their own processes; minutes
# make test-long  what is too long for CI: repeats and schedules by the ten thousand (ARGS="-k l5")
# make prove  breaks one line for each invariant; its test must turn red
# make mutate changes one small thing at a time in ledger and consent gate, and counts what the tests notice (ARGS="fold")
# make lock   renew requirements.lock from pyproject.toml
SHELL := /bin/bash
PYTHON ?= python3
RETAILER ?= fiction
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE
WORKERS ?= 2

.PHONY: setup bench bench-identity demo test test-long spark test-spark check format lock clean prove mutate

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes --no-deps -r .ci/uv.lock
	@.venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock .ci/uv.lock
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@.venv/bin/rotonde demo --retailer $(RETAILER)

test: setup
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

spark: .venv/.spark

.venv/.spark: .venv/.ready .ci/spark.lock
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --no-deps -r .ci/spark.lock
	@touch $@

test-spark: spark
	ROTONDE_SPARK_MASTER=$${ROTONDE_SPARK_MASTER:-local-cluster[2,1,1024]} .venv/bin/python -m pytest -v -m spark tests/mappers/identity/test_spark.py $(ARGS)

test-long: setup
	.venv/bin/python -m pytest -v -m long --timeout=3600 $(ARGS)

bench: setup bench/.venv/.ready
	.venv/bin/python -m bench.keeping $(ARGS)

bench/.venv/.ready: bench/requirements.lock
	@test -x bench/.venv/bin/python || $(PYTHON) -m venv bench/.venv
	@.venv/bin/uv pip sync --quiet --python bench/.venv/bin/python --require-hashes bench/requirements.lock
	@touch $@

bench-identity: setup bench/identity/.venv/.ready
	.venv/bin/python -m bench.identity.run $(ARGS)

bench/identity/.venv/.ready: bench/identity/requirements.lock
	@test -x bench/identity/.venv/bin/python || $(PYTHON) -m venv bench/identity/.venv
	@.venv/bin/uv pip sync --quiet --python bench/identity/.venv/bin/python --require-hashes bench/identity/requirements.lock
	@touch $@

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: setup
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: setup
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra demo --extra test pyproject.toml .ci/build.in -o requirements.lock
	echo uv | .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - -o .ci/uv.lock
	echo pyspark==4.3.0 | .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - -o .ci/spark.lock
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate bench/requirements.in -o bench/requirements.lock
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate bench/identity/requirements.in -o bench/identity/requirements.lock
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements.lock prove/requirements.in -o prove/requirements.lock

clean:
	rm -rf .venv bench/.venv bench/identity/.venv prove/.venv .meltano .rotonde .mypy_cache .ruff_cache

# breaks one line for each invariant and fails when its test stays green
prove: setup
	.venv/bin/python prove/run.py $(NAMES)

# mutmut stands apart; what it shares with the tests has the same version
prove/.venv/.ready: prove/requirements.lock
	@test -x prove/.venv/bin/python || $(PYTHON) -m venv prove/.venv
	@.venv/bin/uv pip sync --quiet --python prove/.venv/bin/python --require-hashes prove/requirements.lock
	@touch $@

mutate: setup prove/.venv/.ready
	PYTHONPATH=. .venv/bin/python prove/mutate.py $(ARGS)
