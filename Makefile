# Plume: `make help` lists what there is. `go run ./cmd/plume demo` and `go test ./...` need none of it.
SHELL := /bin/bash
GO    ?= go
LINT  := $(GO) tool -modfile=tools/go.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help build test race lint fuzz golden tape vectors interop compare tracecost stack ui picture bench demo check cross

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  \033[36m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/plume
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/plume ./cmd/plume

test: ## Unit and end-to-end tests: Go alone
	$(GO) test ./...

race: ## The same under the race detector
	CGO_ENABLED=1 $(GO) test -race ./...

lint: ## gofmt, vet, staticcheck, revive ... by golangci-lint
	$(LINT) run ./...
	$(LINT) run --build-tags interop,ui ./test/...
	cd test/stack && $(subst tools/go.mod,../../tools/go.mod,$(LINT)) run --build-tags stack ./...

FUZZTIME ?= 10s
fuzz: ## Run every fuzz target for FUZZTIME (10s)
	@set -e; for f in $$(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do dir=$$(dirname $$f); \
	for t in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$f); do echo "== $$dir $$t"; \
	$(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) $$dir; done; done

tape: ## Record which lines run in each golden span tree
	$(GO) run ./test/tape

golden: ## Rewrite golden span trees and generated docs
	$(GO) test ./test/e2e/... -update
	$(GO) generate ./internal/catalog ./internal/metrics ./internal/dashboards

interop: build ## Apache 5.5.0, 4.9.7 and rocketmq-client-go against Plume (needs JDK and Maven)
	$(GO) test -tags interop -count=1 -timeout 40m ./test/interop/...

compare: build ## Plume beside Apache 5.5.0 on this machine: rates, memory, start (wants an idle machine)
	$(GO) run ./test/interop/compare

tracecost: ## What tracing costs at each level of detail, beside sends without (wants an idle machine)
	$(GO) run ./test/tracecost -markdown

vectors: ## Write the golden vectors of Apache's classes anew
	$(GO) run ./test/interop/vectors

ui: build ## The site in a real browser (needs chromium)
	$(GO) test -tags ui -count=1 -timeout 10m ./test/ui/...

picture: ## Make the README's picture anew (needs chromium)
	PLUME_UI_PICTURE=1 $(GO) test -tags ui -count=1 -run TestTheFirstPage ./test/ui/...

stack: ## The compose topology as processes, with a real Prometheus and Jaeger (needs Debian's prometheus; builds Jaeger)
	cd test/stack && $(GO) vet -tags stack ./... && $(GO) test -tags stack -count=1 -timeout 30m -v ./...

bench: ## Micro-benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./remoting/... ./message/... ./client/... ./broker/...

demo: ## The demo: a cluster, traced traffic and the site
	$(GO) run ./cmd/plume demo

cross: ## Build for every supported platform
	@set -e; for p in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do \
	echo "== $$p"; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -o /dev/null ./cmd/plume; done

check: lint test race cross ## What must pass before a commit
