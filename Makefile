# Each target sets itself up: Python 3.11 or later, pip and git are enough (uv is used where it is installed).
.PHONY: test demo bench bench-dispatch bench-middleware bench-runtime bench-testing format setup clean

test: setup
	@scripts/check

demo: setup
	@.venv/bin/python -m samples.shop.demo

# The peers stand in an environment of their own, beside nothing but what they need.
bench: bench-dispatch bench-middleware bench-runtime bench-testing

bench-dispatch:
	@scripts/setup .venv-bench bench
	@.venv-bench/bin/python -m benchmarks.dispatch $(ARGS)

bench-middleware:
	@scripts/setup .venv-bench bench
	@.venv-bench/bin/python -m benchmarks.middleware $(ARGS)

bench-runtime:
	@scripts/setup .venv-bench bench
	@.venv-bench/bin/python -m benchmarks.runtime $(ARGS)

bench-testing:
	@scripts/setup .venv-bench bench
	@.venv-bench/bin/python -m benchmarks.testing $(ARGS)

format: setup
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format --quiet .

setup:
	@scripts/setup .venv dev

clean:
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
