# The door to everything. `make help` says what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help

export CARGO_TARGET_DIR ?= $(CURDIR)/target
FRONTEND := crates/web/frontend
RELEASE := $(CARGO_TARGET_DIR)/release/gas

.PHONY: help
help: ## Show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: run
run: $(RELEASE) ## Build the service and start it at http://127.0.0.1:8080
	@$(RELEASE) serve --data data $(RUN_FLAGS)

.PHONY: test
test: lint audit sbom test-rust test-agreement test-formats test-opinions test-flow test-browser test-api test-deploy test-lambda test-cloud ## Run every check

.PHONY: lint
lint: frontend ## Format, clippy with warnings as errors, documentation, file sizes
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --document-private-items
	scripts/check-tree

.PHONY: audit
audit: ## Licences and origins of all dependencies
	cargo deny --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-deny
	cargo deny --locked --all-features check licenses bans sources

.PHONY: advisories
advisories: ## Known weaknesses of all dependencies; asks the network
	cargo deny --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-deny
	cargo deny --locked --all-features check advisories

.PHONY: sbom
sbom: ## What the program is made of, as CycloneDX: target/sbom.cdx.json
	mkdir -p $(CARGO_TARGET_DIR)
	scripts/sbom > $(CARGO_TARGET_DIR)/sbom.cdx.json
	scripts/test-sbom $(CARGO_TARGET_DIR)/sbom.cdx.json

.PHONY: test-rust
test-rust: frontend ## Unit, contract and integration tests in Rust
	AUTH=true scripts/with-stripe scripts/with-emulators cargo test --quiet --workspace

.PHONY: test-flow
test-flow: frontend ## The whole flow over HTTP, bad input, crashes at every step
	scripts/install-test-tools chromium
	scripts/with-stripe tests/run.sh flow

.PHONY: test-browser
test-browser: frontend ## The whole way in a real browser; screenshots go to tests/screenshots
	scripts/install-test-tools chromium
	scripts/with-stripe tests/run.sh browser

# Requests that are made of the API's description.
API_REQUESTS ?= 20000

.PHONY: test-api
test-api: frontend ## Hold the API against its description, API_REQUESTS=20000 generated requests
	cargo build --quiet --package gas
	tests/api/conformance.py $(CARGO_TARGET_DIR)/debug/gas "$$(scripts/python-packages scripts/test-api.lock)/bin/schemathesis" $(API_REQUESTS)

.PHONY: test-deploy
test-deploy: frontend ## The AWS stack: linted, made by an emulator, deployed and destroyed by its command
	scripts/install-test-tools shellcheck
	cargo build --quiet --package gas
	scripts/test-deploy $(CARGO_TARGET_DIR)/debug/gas

.PHONY: test-lambda
test-lambda: frontend ## The notifier's zip, run by an emulator of AWS Lambda on a stack's queue
	cargo build --quiet --package gas
	scripts/test-lambda $(CARGO_TARGET_DIR)/debug/gas

.PHONY: test-cloud
test-cloud: frontend ## The stack of deploy/aws on emulators: flow, faults, deaths, draining
	scripts/install-test-tools chromium
	scripts/with-emulators tests/run.sh cloud

.PHONY: test-faults
test-faults: frontend ## 500 jobs while calls to AWS go wrong; takes a while
	GAS_TEST_JOBS=500 GAS_TEST_MISHAPS=5 scripts/with-emulators tests/run.sh faults

.PHONY: test-crash
test-crash: frontend ## 200 kills at random instants; takes a while
	GAS_TEST_KILLS=200 tests/run.sh crash

.PHONY: test-agreement
test-agreement: frontend ## Compare with Ensembl VEP's answers, where they lie beside the project
	cargo build --quiet --package gas
	scripts/test-agreement $(CARGO_TARGET_DIR)/debug/gas

.PHONY: test-formats
test-formats: frontend ## Read every format back with programs that others made
	scripts/install-test-tools bcftools tabix
	cargo build --quiet --package gas
	scripts/test-formats $(CARGO_TARGET_DIR)/debug/gas

.PHONY: test-opinions
test-opinions: ## The same as second-opinions for 200 protein changes of each set
	$(MAKE) --no-print-directory second-opinions OPINIONS=200

# Protein changes judged of each set of variants.
OPINIONS ?= 10000

.PHONY: second-opinions
second-opinions: frontend ## Hold printed names against hgvs and Biopython, OPINIONS=10000 protein changes of each set
	cargo build --quiet --package gas
	scripts/second-opinions $(CARGO_TARGET_DIR)/debug/gas $(OPINIONS)

# Seconds for each target; `address` needs a nightly compiler, or RUSTC_BOOTSTRAP=1.
FUZZ_SECONDS ?= 3600
FUZZ_SANITIZER ?= none
FUZZ_TARGETS ?= reader reference_builder web

.PHONY: fuzz
fuzz: ## Throw strangers' bytes at the readers and the web face, FUZZ_SECONDS=3600 at each
	cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet cargo-fuzz
	for target in $(FUZZ_TARGETS); do \
	    mkdir -p fuzz/corpus/$$target && \
	    cargo fuzz run --sanitizer $(FUZZ_SANITIZER) --target-dir fuzz/target $$target fuzz/corpus/$$target fuzz/seeds/$$target -- \
	        -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=20 -rss_limit_mb=2000 -print_final_stats=1 || exit 1; \
	done

.PHONY: bench
bench: bench-service bench-engine ## All measurements

# Where the data of the measurements lie, and what they are asked for, as `--only known`.
SHARED ?= ../shared
BENCH_FLAGS ?=

.PHONY: bench-engine
bench-engine: $(RELEASE) ## Annotating beside bcftools, bgzip, vcfanno and SnpEff: ratios, growth, memory
	scripts/install-test-tools bcftools tabix vcfanno snpEff
	tests/bench/engine.py $(RELEASE) $(SHARED) $(BENCH_FLAGS)

.PHONY: bench-service
bench-service: $(RELEASE) ## Start, memory, latency, a thousand jobs at once, a large upload
	cd tests && npm ci --silent
	GAS_PROGRAM=$(RELEASE) node tests/bench/service.mjs

.PHONY: build
build: $(RELEASE) ## Build the program, optimised

.PHONY: $(RELEASE)
$(RELEASE): frontend
	cargo build --release --package gas

.PHONY: lambda
lambda: $(RELEASE) ## Pack the notifier for AWS Lambda: target/lambda/notifier.zip
	scripts/package-notifier $(RELEASE) $(CARGO_TARGET_DIR)/lambda/notifier.zip

.PHONY: frontend
frontend: $(FRONTEND)/dist/.built ## Build styles and scripts

$(FRONTEND)/dist/.built: $(FRONTEND)/package-lock.json $(wildcard $(FRONTEND)/*.mjs $(FRONTEND)/src/* $(FRONTEND)/src/*/*)
	cd $(FRONTEND) && npm ci --silent && npm run --silent build
	@touch $@

.PHONY: clean
clean: ## Remove what was built, but no data
	rm -rf $(FRONTEND)/dist $(FRONTEND)/node_modules tests/node_modules tests/screenshots
	cargo clean
