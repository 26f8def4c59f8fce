# The front door to CMake. The flavours stand in CMakePresets.json, the test tiers in tools/runtests.

PYTHON ?= /usr/bin/python3
JOBS   ?= $(shell nproc)
prefix ?= /usr/local
BUILD  := build

all: ## build build/headroom and the tests
	@test -f $(BUILD)/build.ninja && ! grep -q 'CMOCKA.*NOTFOUND' $(BUILD)/CMakeCache.txt || \
	    cmake --preset default
	@cmake --build $(BUILD) --parallel $(JOBS)

headroom: ## build build/headroom alone
	@test -f $(BUILD)/build.ninja || cmake --preset default
	@cmake --build $(BUILD) --parallel $(JOBS) --target headroom

test: all ## unit, table, lint and format: under a minute, before each commit
	@$(PYTHON) tools/runtests --tier test unit table sim tidy tools

test-all: all ## what ./test runs: the same and the suites from outside
	@$(PYTHON) tools/runtests --tier test

check: all asan ## sanitizers, model, kills, fuzz corpora, clang-tidy, cppcheck: nine minutes on two cores
	@$(PYTHON) tools/runtests --tier check --build build-asan --build-plain $(BUILD)

sanitize: all asan ## all suites from outside under the sanitizers, at the size of a test
	@$(PYTHON) tools/runtests --tier test --build build-asan --build-plain $(BUILD) api conformance crash model

soak: all asan ## the same suites at the size of a release: hours
	@$(PYTHON) tools/runtests --tier soak --build build-asan

kill sim nth states model tiny rot last-cent full-disk audit processes cases: all ## one row of the assurance table; SIZE=N
mutants: ## break the program on purpose, bug by bug, and see whether the tests notice: half an hour
	@$(PYTHON) tests/mutants/run $(if $(ONLY),--only $(ONLY))

again failed-sync overload restore canary: all ## the same; also FIRST=N and SEED=N for seeds, FLAVOUR=asan
same: all asan coverage ## one row: the same journals under gcc -O2, gcc -O0, and clang with sanitizers
kill sim nth states model tiny rot same again last-cent full-disk failed-sync overload restore canary \
audit processes cases:
	@$(if $(FLAVOUR),$(MAKE) --no-print-directory $(FLAVOUR))
	@$(PYTHON) tools/assure $(if $(SIZE),--size $(SIZE)) $(if $(FIRST),--first $(FIRST)) \
	    $(if $(SEED),--seed $(SEED)) --build $(if $(FLAVOUR),build-$(FLAVOUR),$(BUILD)) $@

bench: release ## Headroom and its peers in one run, and the table of ratios: about five minutes
	@$(PYTHON) bench/run $(BENCH)

asan fuzz coverage release: ## build one flavour into build-NAME
	@test -f build-$@/build.ninja || cmake --preset $@
	@cmake --build build-$@ --parallel $(JOBS)

coverage-report: coverage ## run the tests under coverage and print the lines reached, by file
	@$(PYTHON) tools/runtests --tier test --build build-coverage unit table api
	@gcovr --root . --filter src/ --object-directory build-coverage --print-summary

format: ## rewrite every C file as clang-format would
	@git ls-files -co --exclude-standard '*.[ch]' | xargs clang-format -i

install: release ## install the hardened program, man page and units under DESTDIR and prefix
	@cmake --install build-release --prefix $(prefix)

deb: release ## the Debian package of the same, build-release/headroom_VERSION_amd64.deb
	@cpack --config build-release/CPackConfig.cmake -B build-release

clean: ## remove everything that was built
	@rm -rf build build-*

help: ## print this
	@grep -E '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 28

.PHONY: all headroom test test-all check sanitize soak bench asan fuzz coverage release coverage-report format \
	install deb clean help kill sim nth states model tiny rot same again last-cent full-disk failed-sync \
	overload restore canary mutants audit processes cases
