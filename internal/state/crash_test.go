package state

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/room"
)

// crashFolder names the data folder to a helper process.
const crashFolder = "FALOCHRON_TEST_CRASH_FOLDER"

const block = 64

// revive opens the line of a folder the way an edge does after a crash.
func revive(dir string) (*Store, *Shop, *room.Room, error) {
	s, err := Open(dir)
	if err != nil {
		return nil, nil, nil, err
	}
	shop, err := s.Shop(lips)
	if err != nil {
		return nil, nil, nil, err
	}
	r := room.New(room.Config{}, time.Unix(0, 0))
	picture, err := shop.LoadRoom()
	if err == nil && picture != nil {
		err = r.Restore(picture)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	r.Resume(shop.Reserved())
	r.Extend(shop.Reserved())
	return s, shop, r, nil
}

// TestCrashHelper is no test: it is the process that gets killed. It hands out
// places as fast as it can, and writes each to its output the moment it is out.
func TestCrashHelper(t *testing.T) {
	dir := os.Getenv(crashFolder)
	if dir == "" {
		t.Skip("run by TestKillNine")
	}
	_, shop, r, err := revive(dir)
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	now := time.Unix(0, 0)
	for limit, i := shop.Reserved(), 0; i < 1_000_000; i++ {
		if r.Next() == limit {
			from, err := shop.Reserve(block)
			if err != nil || from != limit {
				fmt.Println("error: reserved from", from, "not", limit, err)
				os.Exit(1)
			}
			limit += block
			r.Extend(limit)
		}
		seq, err := r.Issue(now)
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(seq)
		if r.Return(now, seq); i%10 == 0 {
			if err := shop.SaveRoom(r.Snapshot()); err != nil {
				fmt.Println("error:", err)
				os.Exit(1)
			}
		}
	}
}

// TestKillNine kills the helper in the middle of its work, again and again. No
// number may come out twice, and each that came out must have its place.
func TestKillNine(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(9, 9))
	round := map[uint64]int{} // by number handed out
	for i := range 8 {
		helper := exec.Command(os.Args[0], "-test.run=^TestCrashHelper$")
		helper.Env = append(os.Environ(), crashFolder+"="+dir)
		out, err := helper.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := helper.Start(); err != nil {
			t.Fatal(err)
		}
		enough := 20 + rng.IntN(300)
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ { // to the end: what is in the pipe was handed out
			if n == enough {
				if err := helper.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			var seq uint64
			if _, err := fmt.Sscan(lines.Text(), &seq); err != nil {
				if n < enough || strings.HasPrefix(lines.Text(), "error") {
					t.Errorf("round %d: %s", i, lines.Text())
				}
				continue
			}
			if earlier, ok := round[seq]; ok {
				t.Fatalf("number %d came out in rounds %d and %d", seq, earlier, i)
			}
			round[seq] = i
		}
		if err := helper.Wait(); err == nil {
			t.Fatalf("round %d: the helper ended by itself", i)
		}
	}
	s, _, r, err := revive(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	counting := 0
	for seq := range round {
		st := r.Peek(time.Unix(0, 0), seq)
		if st.State != room.Waiting {
			t.Fatalf("number %d of round %d has lost its place: %v", seq, round[seq], st.State)
		}
		if st.Reason == "line" {
			counting++
		}
	}
	t.Logf("%d numbers handed out in 8 lives, %d of them count without coming back once more", len(round), counting)
	if counting < len(round)/2 {
		t.Error("the pictures of the line were not found again")
	}
}
