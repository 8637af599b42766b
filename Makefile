# libnet_meshos: daemons behind a C API. `make help` says what there is to make.
#
# This file knows what depends on what. How a thing is made stands in scripts/, which build.sh calls too.

include scripts/version

BUILD   ?= build
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
DESTDIR ?=
export BUILD PREFIX LIBDIR DESTDIR

# Names of folders are in the list so that a source that is removed is noticed too.
library  := $(shell find capi internal runtime -name testdata -prune -o ! -name '*_test.go' -print) \
            go.mod go.sum $(wildcard include/*.h)
recipes  := scripts/compile.sh scripts/settings.sh scripts/version $(filter-out %_test.go,$(wildcard scripts/link/*.go))
products := $(addprefix $(BUILD)/,$(shell scripts/compile.sh list))
examples := $(patsubst examples/%.c,$(BUILD)/%,$(wildcard examples/*.c))

.PHONY: all demo demo-mesh chaos bench-mesh bench-mesh-results bench bench-peers bench-curves test test-busy fuzz soak audit install uninstall clean distclean help bench-bindings dist dist-test bench-results reference
.DELETE_ON_ERROR:

all: $(products)
	@echo 'All is built, in $(BUILD)/. Next: make demo (seconds), make test (about 30 minutes), make help'

$(products): $(recipes)
	@scripts/compile.sh $(@:$(BUILD)/%=%)

$(BUILD)/libnet_meshos.so $(BUILD)/libnet_meshos.a $(BUILD)/mesh/libnet_meshos.so: $(library)

# A man page for each call, of what the headers and the examples in docs/reference/ say.
$(BUILD)/man3: $(wildcard include/*.h docs/reference/*.c) $(filter-out %_test.go,$(wildcard scripts/manpages/*.go))

# Each of them is built with a table of the calls that scripts/calls.sh makes from the headers.
harness  := $(wildcard ctests/harness/*.[ch] include/*.h) scripts/calls.sh
$(BUILD)/meshos-conformance: $(harness) $(wildcard ctests/conformance/*.[ch])
$(BUILD)/meshos-ext-suite: $(harness) $(wildcard ctests/harness/json/*.[ch] ctests/ext/*.[ch] ctests/ext/cases/*.c) \
    $(wildcard ctests/conformance/json_oracle.[ch] ctests/conformance/utf8.[ch] ctests/conformance/guard.[ch])
$(BUILD)/meshos-bench: $(harness) $(wildcard bench/*.[ch])

$(BUILD)/meshos: $(shell find cmd/meshos $(wildcard internal/mesh) -name testdata -prune -o ! -name '*_test.go' -print)

$(BUILD)/mesh-words: $(wildcard examples/mesh/*.[ch] examples/words/*.[ch] include/*.h) $(BUILD)/mesh/libnet_meshos.so

$(examples): $(BUILD)/%: examples/%.c $(wildcard examples/*/*.[ch] include/*.h) $(BUILD)/libnet_meshos.so

demo: $(addprefix $(BUILD)/,$(shell scripts/demo.sh needs))
	@scripts/demo.sh

# ON=--outside or ON=--cluster: on a nats-server, or three. KILLS=N, MEGABYTES=N, SECONDS_LONG=N
demo-mesh: $(addprefix $(BUILD)/,$(shell scripts/demo-mesh.sh needs))
	@scripts/demo-mesh.sh $(ON)

# VS=/path/to/another/libnet_meshos.so compares the two.
bench: $(BUILD)/libnet_meshos.so $(BUILD)/meshos-bench
	@bench/run.sh $(BUILD) $(VS)

# ONLY=ours,kameo CASES=single,wake ROUNDS=5 QUICK=1; LIB=/path/to/a/libnet_meshos.so instead of the one that is
# built, VS= as above.
bench-peers: $(if $(LIB),,$(BUILD)/libnet_meshos.so)
	@bench/peers/run.sh $(BUILD) $(if $(ONLY),--only $(ONLY)) $(if $(CASES),--cases $(CASES)) \
	    $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(QUICK),--quick) $(if $(LIB),--lib $(LIB)) $(if $(VS),--vs $(VS))

# ONLY=daemons,nested ROUNDS=5 QUICK=1 LIB= VS=, as above.
bench-curves: $(if $(LIB),,$(BUILD)/libnet_meshos.so)
	@bench/curves/run.sh $(BUILD) $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	    $(if $(QUICK),--quick) $(if $(LIB),--lib $(LIB)) $(if $(VS),--vs $(VS))

# What the calls cost through each binding.
bench-bindings: $(BUILD)/libnet_meshos.so
	@bindings/bench.sh

# Both in full, into bench/results/ and docs/performance.md.
bench-results: $(BUILD)/libnet_meshos.so
	@bench/results.sh $(BUILD) $(if $(ROUNDS),--rounds $(ROUNDS))

# Not $(MAKE) itself in the recipe: with it `make -n test` would run the tests. ONLY=STEP,...
make := $(MAKE)
test:
	@BUILD_ALL='$(make) --no-print-directory all' scripts/test.sh

# The same again and again beside busy loops. ROUNDS=N LOOPS=N ONLY=STEP,...
test-busy: all
	@BUILD_ALL=true scripts/busy.sh $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(LOOPS),--loops $(LOOPS))

# FUZZTIME=SECONDS, FUZZ_SEED=N
fuzz: $(BUILD)/libnet_meshos.so
	@ctests/fuzz/run.sh

# SOAK_SECONDS=N
soak: $(BUILD)/libnet_meshos.so
	@ctests/soak/run.sh

# SECONDS=N ONLY=FAULT,... SEED=N LONG=1 (10,000 subscriptions)
chaos: $(addprefix $(BUILD)/,meshos mesh/libnet_meshos.so)
	@ctests/mesh/run.sh --seconds $(or $(SECONDS),60) $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED)) $(if $(LONG),--long)

# The same in full, into bench/mesh/results/ and docs/mesh.md. ROUNDS=N
bench-mesh-results: $(addprefix $(BUILD)/,meshos mesh/libnet_meshos.so)
	@bench/mesh/results.sh $(BUILD) $(if $(ROUNDS),--rounds $(ROUNDS))

# ONLY=CASE,... ROUNDS=N
bench-mesh: $(addprefix $(BUILD)/,meshos mesh/libnet_meshos.so)
	@python3 -B bench/mesh/run.py --build $(BUILD) $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS))

# Asks a database on the net, so it is no part of the tests.
audit:
	@ctests/checkers/run.sh audit

# TARGETS='linux-x86_64 …', by default all of scripts/targets.sh; LANGUAGES='python …', by default all that have packages
dist:
	@scripts/dist.sh $(TARGETS)

# HTML, made from the headers by Doxygen, with the examples in docs/reference/; the man pages are in $(BUILD)/man3/.
reference:
	@scripts/reference.sh

dist-test:
	@ctests/dist/run.sh full

install: $(addprefix $(BUILD)/,libnet_meshos.so libnet_meshos.a mesh/libnet_meshos.so meshos man3 meshos-conformance)
	@scripts/install.sh install

uninstall:
	@scripts/install.sh uninstall

clean:
	@scripts/clean.sh

distclean:
	@scripts/clean.sh all

help:
	@echo 'libnet_meshos $(VERSION)'
	@echo
	@echo '  make              build everything into $(BUILD)/'
	@echo '  make demo         build the library and two examples, and run them on texts'
	@echo '  make demo-mesh    count words on a mesh while everything is killed: half a minute'
	@echo '  make test         build and test everything (CI=true: nothing may be skipped), or ONLY=STEP,...'
	@echo '  make test-busy    the same ROUNDS=10 times beside LOOPS=8 busy loops: no test depends on load'
	@echo '  make bench        measure the library, with VS=PATH against another one, into $(BUILD)/bench/'
	@echo '  make bench-peers  compare the library with actor runtimes and queues, ONLY=PEER,... CASES=CASE,...'
	@echo '  make bench-curves measure how the library scales, ONLY=CURVE,...'
	@echo '  make bench-bindings  measure the calls through each binding, into $(BUILD)/bench/bindings.md'
	@echo '  make bench-results  both in full, into bench/results/ and docs/performance.md'
	@echo '  make fuzz         fuzz the calls, for FUZZTIME=60 seconds'
	@echo '  make chaos        kill nodes and servers of a mesh, and count every event, for SECONDS=60'
	@echo '  make bench-mesh   measure a mesh on this machine, ONLY=CASE,... ROUNDS=N'
	@echo '  make bench-mesh-results  in full, into bench/mesh/results/ and docs/mesh.md'
	@echo '  make soak         30 minutes of everything at once, or SOAK_SECONDS of it'
	@echo '  make audit        look the dependencies up in the database of known vulnerabilities'
	@echo '  make dist         archives and packages for all platforms, or TARGETS=, into $(BUILD)/dist/'
	@echo '  make dist-test    make them, install them, and run them where an emulator is, in about 40 minutes'
	@echo '  make reference    HTML from the headers, by Doxygen, and man pages, into $(BUILD)/reference/'
	@echo '  make install      install below PREFIX=$(PREFIX), libraries into LIBDIR=$(LIBDIR),'
	@echo '                    all of it below DESTDIR where that is set'
	@echo '  make uninstall    remove what install put there; takes the same variables'
	@echo '  make clean        remove what was built; distclean: the fetched test tools too'
	@echo
	@echo 'Building needs Go, a C compiler and make. Without make: ./build.sh'
	@echo 'CC, CFLAGS, GO and BUILD (a folder in here) may be given as usual: make CC=clang'
	@echo 'With V=1 the commands that compile are shown.'
