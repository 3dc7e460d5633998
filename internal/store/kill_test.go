package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The test binary is run again as another process, with one of these jobs.
const (
	childJob     = "FALOCHRON_STORE_TEST_JOB"
	childAddress = "FALOCHRON_STORE_TEST_ADDRESS"
	childSeed    = "FALOCHRON_STORE_TEST_SEED"
	childStop    = "FALOCHRON_STORE_TEST_STOP"

	jobWrite = "write" // appends and acknowledges, until it is killed
	jobEarly = "early" // the planted fault: acknowledges before the commit
	jobTry   = "try"   // opens, reads, appends, and prints how that failed
)

func child(job string) int {
	ctx := context.Background()
	s, err := Open(ctx, Config{Address: os.Getenv(childAddress)})
	if job == jobTry {
		return try(ctx, s, err)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	seed, _ := strconv.ParseUint(os.Getenv(childSeed), 10, 64)
	stop, _ := strconv.Atoi(os.Getenv(childStop))
	rng := rand.New(rand.NewPCG(seed, 1))
	acknowledge := func(seq uint64) { fmt.Println(seq) } // one write, not buffered
	var want uint64
	s.step = func(step string) {
		if job == jobEarly && step == "written" {
			acknowledge(want)
		}
		if stop--; stop == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	for {
		after, err := s.Head(ctx)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		n := 1 + rng.IntN(3)
		want = after + uint64(n)
		switch _, err := s.Append(ctx, after, actsFrom(after, n), noticesFrom(after, n)...); {
		case err == nil:
			acknowledge(want)
		case !errors.Is(err, ErrConflict): // with what one who was killed had sent
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
}

// noticesFrom makes one message for each act after after.
func noticesFrom(after uint64, n int) []Message {
	messages := make([]Message, n)
	for i := range messages {
		messages[i] = Message{Key: fmt.Sprint("notice ", after+uint64(i)+1), Act: after + uint64(i) + 1}
	}
	return messages
}

// intact checks that a store holds every act up to the last acknowledged at
// least, in order, without a gap, each as it was written and with its message.
func intact(t *testing.T, address string) (uint64, error) {
	s, err := Open(t.Context(), Config{Address: address, Existing: true})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	all := allActs(t, s)
	if diff := cmp.Diff(actsFrom(0, len(all)), all); diff != "" {
		return 0, errors.New(diff)
	}
	journal, err := s.Deliveries(t.Context(), 0, len(all)+1)
	if err != nil {
		return 0, err
	}
	for i, d := range journal {
		if d.Act != uint64(len(journal)-i) {
			return 0, fmt.Errorf("a message of act %d stands at %d from the end", d.Act, i)
		}
	}
	if len(journal) != len(all) {
		return 0, fmt.Errorf("%d messages of %d acts", len(journal), len(all))
	}
	return uint64(len(all)), nil
}

// killed lets a process write until it is killed, and returns the last act that
// it acknowledged, or acked if none. It is killed at a step of a write by
// itself, or from outside some moments after an acknowledgement.
func killed(t *testing.T, job, address string, rng *rand.Rand, acked uint64, inside bool) uint64 {
	t.Helper()
	stop, after := 1+rng.IntN(40), 0
	if !inside {
		stop, after = 0, 1+rng.IntN(20)
	}
	moment := time.Duration(rng.IntN(4000)) * time.Microsecond
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childJob+"="+job, childAddress+"="+address, childSeed+"="+fmt.Sprint(rng.Uint64()), childStop+"="+strconv.Itoa(stop))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		seq, err := strconv.ParseUint(strings.TrimSpace(line), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		acked = seq
		if n == after {
			time.Sleep(moment) // which moment is left to chance; none may matter
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || ws.Signal() != syscall.SIGKILL {
		t.Fatalf("it was not killed: %v\n%s", cmd.ProcessState, said.String())
	}
	return acked
}

// rounds is how often a writer is killed, on each engine.
func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("FALOCHRON_STORE_KILLS")); err == nil {
		return n
	}
	return 16
}

// A process that writes is killed at any moment: what it acknowledged is there.
func TestKilledAtAnyWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		const seed = 20261127
		rng := rand.New(rand.NewPCG(seed, 0))
		acked := uint64(0)
		for n := range rounds() {
			acked = killed(t, jobWrite, address, rng, acked, n%2 == 0)
			there, err := intact(t, address)
			if err != nil || there < acked {
				t.Fatalf("seed %d, kill %d: %d acts of %d acknowledged: %v", seed, n+1, there, acked, err)
			}
		}
		t.Logf("seed %d: %d kills, %d acts acknowledged, none lost", seed, rounds(), acked)
		if acked == 0 {
			t.Error("nothing was ever acknowledged")
		}
	})
}

// The check above can fail: a store that acknowledges before it commits is found
// out.
func TestKilledFindsAPlantedFault(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		const seed = 20261127
		rng := rand.New(rand.NewPCG(seed, 0))
		acked := uint64(0)
		for n := range 60 {
			acked = killed(t, jobEarly, address, rng, acked, true)
			if there, err := intact(t, address); err != nil {
				t.Fatal(err)
			} else if there < acked {
				t.Logf("seed %d: found at kill %d: %d acts of %d acknowledged", seed, n+1, there, acked)
				return
			}
		}
		t.Errorf("seed %d: the fault is not found", seed)
	})
}
