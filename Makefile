# The commands of this repository. Each does its own set-up first; `make help` lists them.

SHELL := bash
.DEFAULT_GOAL := help

## run: build Keystead and serve on 127.0.0.1:7360 with its data in .demo/data
.PHONY: run
run:
	@scripts/run

## demo: watch a key being rotated under three running applications (DEMO=short ends by itself)
.PHONY: demo
demo:
	@scripts/demo

## test: every check there is; SUITES="rust e2e" picks some
.PHONY: test
test:
	@scripts/test $(SUITES)

## bench: measure against a bare server and the disk in the same run (QUICK=1: three minutes)
.PHONY: bench
bench:
	@scripts/setup
	@QUICK=$(QUICK) .venv/bin/python bench/run

## fmt: format the Rust code
.PHONY: fmt
fmt:
	@cargo fmt --all
	@cargo fmt --all --manifest-path bench/Cargo.toml

## lint: formatting, clippy and the repository's own rules
.PHONY: lint
lint:
	@scripts/test format clippy tidy

## help: this list
.PHONY: help
help:
	@sed -n 's/^## \([a-z]*\): /\1\t/p' Makefile | expand -t 8
