# Two commands matter: `make run` (the demo, on this machine alone) and `make test` (everything).
PORT ?= 8000
PY = .venv/bin/python

.PHONY: run test check fmt lock screens openapi setup

run: ## the demo at http://127.0.0.1:$(PORT)
	@python3 scripts/setup.py
	@exec $(PY) -m lianxue demo --port $(PORT)

test: ## everything: style, types, contracts, SQLite, PostgreSQL, browser
	@python3 scripts/setup.py --dev
	@exec $(PY) scripts/test.py

check: ## the quick loop: no servers, under two minutes
	@python3 scripts/setup.py --dev
	@exec $(PY) scripts/test.py --quick

setup: ## the environment with the development tools
	@python3 scripts/setup.py --dev

fmt: setup ## format the code
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

lock: setup ## resolve and lock the dependencies anew
	@sh scripts/lock.sh

screens: setup ## photograph the main screens into docs/screens/
	LIANXUE_SCREENS=1 $(PY) -m pytest tests/e2e/test_screens.py

openapi: setup ## write the API's document anew (a test compares it with the code)
	$(PY) manage.py export_openapi_schema --api config.api.api --indent 1 --output openapi.json
