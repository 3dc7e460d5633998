# Only abbreviations: what each line does can be typed by hand.
#   make demo    build, then the same wave twice: at a bare shop, and behind Falochron
#   make demo ACT=2   the wave is announced, on the pages of the campaign room, in a browser
#   make test    what a change must pass; installs what the tests need
#   make test-kubernetes   the Kubernetes driver against a real API server and controller
#                manager, which are built for it once (a quarter of an hour)
#   make lint    the quick part of it: format, and what vet and staticcheck find
#   make bench   docs/benchmarks.md anew; it says which settings narrow it, as ONLY=cost
#   make build   bin/falochron
#   make clean   removes what these targets made

export GOTOOLCHAIN ?= local

# A checkout that git refuses to read (another owner's) still builds.
BUILDFLAGS := $(shell git status --porcelain >/dev/null 2>&1 || echo -buildvcs=false)

# What is linted and tested is built as releases are, without C, and vetted once, by make lint:
# so each package is compiled twice, plain and for the race detector (which needs C, and
# has it from scripts/race), and not a third and fourth time for those who link otherwise.
test test-tools compiled lint watched computed rooms raced stories sieges races programs rules e2e act: export CGO_ENABLED := 0
TEST := go test -vet=off

.PHONY: build demo test test-tools test-kubernetes compiled lint watched computed rooms raced stories sieges races programs rules e2e act bench clean

build:
	go build $(BUILDFLAGS) -trimpath -o bin/falochron ./cmd/falochron

ACT = 1

demo:
	go build $(BUILDFLAGS) -o bin/falochron ./cmd/falochron
ifeq ($(ACT),2)
	scripts/install-test-tools browser
	cd e2e && go build $(BUILDFLAGS) -o ../bin/falochron-browser ./browser
	bin/falochron demo --act 2 --browser bin/falochron-browser --chromium "$$(scripts/find-browser)" --report bin/act-2
else
	bin/falochron demo$(if $(filter-out 1,$(ACT)), --act $(ACT))
endif

# Two lanes. What is watched from outside has the machine: the browser, and after it
# programs that are started, filled with people and killed; starved, they would be let down,
# as people would be. They mostly wait, so what only computes goes on beside, and gives way.
# The second act is last in its lane, with no other browser beside it. What installs waits
# for others, so what both lanes need is compiled meanwhile.
test:
	$(MAKE) -j2 test-tools compiled
	$(MAKE) -j2 watched computed
	@echo "make test: everything passed"

watched:
	$(MAKE) e2e
	$(MAKE) programs
	$(MAKE) act

computed:
	nice $(MAKE) -j4 stories sieges rules races rooms lint

test-tools:
	scripts/install-test-tools
	scripts/install-peers debian

# go list -export compiles all that it names, and links nothing.
compiled:
	go list -export ./... >/dev/null
	cd e2e && go list -export ./... >/dev/null

# Who reads code has much of it in memory, and would look four times as often what it no
# longer needs.
lint: export GOGC := 400
lint:
	@unformatted=$$(gofmt -l *.go cmd internal bench e2e tools); \
	if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w):"; echo "$$unformatted"; exit 1; fi
	cd tools && go build $(BUILDFLAGS) -o ../bin/lint ./lint
	bin/lint ./...
	cd e2e && ../bin/lint ./...

# Pure rooms know no goroutine, which internal/arch makes sure of: the race detector has
# nothing to find in them (nor in the models of bench/...), and makes them ten times slower. The stories take longest, so
# they begin, and may take long beside the browser.
PURE := admit|forecast|fresh|ical|plan|preset|radar|room|scale|sim|window
# Those who only read code, and what the programs' tests run under the race detector anyway.
RACED := arch|console|toyshop
# In rooms of goroutines, what one after another computes: a radar that looks at the same
# sea with another wave, for an hour each, and a hundred thousand visits of one robot.
CALCULATED := AWaveIsKept|WhatTeachesNothing|ARestartKnowsWhatIsUsual|AnUnplannedWaveAsksOnce|ASecondWaveEndsTheFirst|TooLittleToLearnFrom|ScanResistance
# What sieges has: techniques tried one after another; floods, crawls, bots and one great wave, whose
# thousands of visitors come through the same ways as the other stories' few; and one visitor
# with a page of each length, or with a very long download.
CALM := LostMark|PlantedFaults|Deception|Poison|Codes|Clicks|Lookalike|AFlood|ACopyOf|ACrawl|CartBotsIn|PreviewsCost|MeltALine|FirstFlight|ASlowDownload
rooms:
	$(TEST) -timeout 20m $$(go list ./internal/... ./bench/... | grep -E '/internal/($(PURE)|$(RACED))$$|/bench/')
	$(TEST) -timeout 20m -run '$(CALCULATED)' ./internal/control ./internal/cache

# First of all in its lane: what the browser's lane links when its turn comes is compiled then.
raced:
	scripts/race compiled ./...

stories: raced
	scripts/race -parallel 4 -timeout 50m -skip '$(CALM)' ./internal/scenario

races: raced
	scripts/race -parallel 4 -timeout 30m -skip '$(CALCULATED)' $$(go list ./... | grep -vE '/cmd/|/bench(/|$$)|/internal/($(PURE)|$(RACED)|scenario|fleet/docker)$$')

# Programs that are started and waited for hold no core: eight tests at once, of three
# packages. Those of bench start nginx, HAProxy, Varnish and Apache. Docker is here and does not
# give way: an engine that gets too little of the machine for a minute has not answered.
programs:
	scripts/race -p 3 -parallel 8 -timeout 40m -skip '$(TABLES)' ./cmd/... ./bench ./internal/fleet/docker

# Under the race detector the imitated shops are ten times slower, so all of them and
# the removal of each rule are tried without it; so are whole tables, as of who may press
# which button on which page, that are gone through one after another, and what is computed
# by one goroutine.
TABLES := NothingLeaksBetweenAgencies|EveryRoleOnEveryPage|EveryButtonDoes|ACalendarsPageIsBounded|WhatIsTypedIsNeverMarkup|RuleIsFelt|CommandsOfThe.*PageWork|AgainstReality|JourneysFitTheGuises|ASlowedShop|WavesInVirtualTime|CheckEveryImitation|CheckFindsMixedCarts
rules:
	$(TEST) -timeout 20m -run '$(TABLES)' ./cmd/falochron
	$(TEST) -timeout 20m -run TenMillion ./internal/edge/tally

# One test after another on one processor, five minutes of it: what begins last ends last.
sieges:
	$(TEST) -timeout 50m -run 'Imitat|Rule|$(CALM)|Forbidden|Planted|Attack|Siege' ./internal/scenario

# A full shop's line is mostly waited in: six tests at once on two cores. Without the race
# detector, which takes from the browser what it needs: the programs that it opens are
# tried under it by programs and rooms.
e2e:
	cd e2e && $(TEST) -parallel 6 -timeout 40m -skip TestTheSecondAct ./...

act:
	cd e2e && $(TEST) -timeout 10m -run TestTheSecondAct .

# Not part of make test, which runs the same table and the same stories against a small
# server in memory.
test-kubernetes:
	FALOCHRON_KUBERNETES="$$(scripts/install-kubernetes)" go test -count=1 -parallel 4 -timeout 20m -run TestReal ./internal/fleet/kubernetes

# Without stamps of version control: the same source is the same build, and what
# was measured of it need not be measured again.
bench:
	go build -buildvcs=false -trimpath -o bin/falochron ./cmd/falochron
	go build $(BUILDFLAGS) -o bin/falochron-bench ./bench
	bin/falochron-bench

clean:
	rm -rf bin
