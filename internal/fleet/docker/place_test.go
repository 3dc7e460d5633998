package docker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Replicas go where most is free.
func TestSpread(t *testing.T) {
	a, b, c := &host{Host: Host{Name: "a"}}, &host{Host: Host{Name: "b"}}, &host{Host: Host{Name: "c"}}
	for _, x := range []struct {
		what  string
		rooms []room
		n     int
		want  string
	}{
		{"equal ones take turns", []room{{host: a, slots: 4, cpus: 2}, {host: b, slots: 4, cpus: 2}}, 4, "abab"},
		{"one twice as large takes two of three", []room{{host: a, slots: 2}, {host: b, slots: 4}}, 6, "babbab"},
		{"nothing limits: fewest per core", []room{{host: a, slots: -1, cpus: 2}, {host: b, slots: -1, cpus: 4}}, 6, "babbab"},
		{"one that is full", []room{{host: a, slots: 2, has: 2}, {host: b, slots: 4, has: 3}}, 5, "b"},
		{"one without a bound among others", []room{{host: a, slots: 1, cpus: 1}, {host: b, slots: -1, cpus: 1}}, 4, "abbb"},
		{"one that fails comes last", []room{{host: a, slots: 9, failing: true}, {host: b, slots: 2}}, 3, "bba"},
		{"nobody has a place", []room{{host: a, slots: 0}, {host: c, slots: 1, has: 2}}, 3, ""},
	} {
		got := ""
		for _, h := range spread(x.rooms, x.n) {
			got += h.Name
		}
		if got != x.want {
			t.Errorf("%s: %q, wants %q", x.what, got, x.want)
		}
	}
}

// However many are ordered, no host gets more than fit, and none is left out that has room.
func TestSpreadKeepsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rooms []room
		free := 0
		for i := range rapid.IntRange(1, 5).Draw(t, "hosts") {
			r := room{host: &host{Host: Host{Name: fmt.Sprint(i)}}, slots: rapid.IntRange(0, 20).Draw(t, "slots"), has: rapid.IntRange(0, 25).Draw(t, "has"), cpus: rapid.IntRange(0, 8).Draw(t, "cpus")}
			free += r.free()
			rooms = append(rooms, r)
		}
		n := rapid.IntRange(0, 60).Draw(t, "ordered")
		placed := spread(rooms, n)
		if len(placed) != min(n, free) {
			t.Fatalf("%d of %d placed, %d were free", len(placed), n, free)
		}
		for _, r := range rooms {
			got := 0
			for _, h := range placed {
				if h == r.host {
					got++
				}
			}
			if got > r.free() {
				t.Fatalf("host %s got %d and had room for %d", r.host.Name, got, r.free())
			}
		}
	})
}

func TestSlots(t *testing.T) {
	for _, x := range []struct {
		cpus                int
		memory, limit, nano int64
		want                int
		what                string
	}{
		{4, 8 << 30, 1 << 30, 0, 7, "a tenth of the memory is kept"},
		{4, 8 << 30, 0, 5e8, 8, "half a core each"},
		{4, 8 << 30, 1 << 30, 1e9, 4, "the scarcer of both"},
		{4, 8 << 30, 0, 0, -1, "no limit, no bound"},
		{4, 0, 1 << 30, 0, -1, "an engine that does not say"},
		{1, 1 << 30, 2 << 30, 0, 0, "none fits"},
	} {
		if got := slotsFor(x.cpus, x.memory, x.limit, x.nano); got != x.want {
			t.Errorf("%s: %d, wants %d", x.what, got, x.want)
		}
	}
}

// Who goes first.
func TestLeavers(t *testing.T) {
	at := func(minutes int) seen { return seen{ordered: time.Unix(int64(minutes)*60, 0)} }
	all := []candidate{
		{name: "old", seen: at(1), named: -1, ready: true},
		{name: "new", seen: at(9), named: -1, ready: true},
		{name: "starts", seen: at(5), named: -1},
		{name: "fails", seen: at(2), named: -1, broken: true},
		{name: "queued", job: &job{}, named: -1},
		{name: "second", seen: at(3), named: 1, ready: true},
		{name: "first", seen: at(4), named: 0, ready: true},
	}
	var got []string
	for _, c := range leavers(all, 20) {
		got = append(got, c.name)
	}
	if want := []string{"fails", "first", "second", "queued", "starts", "new", "old"}; !slices.Equal(got, want) {
		t.Errorf("%q, wants %q", got, want)
	}
	if got := leavers(all, 2); len(got) != 2 || got[1].name != "first" {
		t.Errorf("two: %v", got)
	}
}

func TestNumbersAndNames(t *testing.T) {
	if got := freeNumbers(map[int]bool{1: true, 3: true, 0: true}, 3); !slices.Equal(got, []int{2, 4, 5}) {
		t.Errorf("%v", got)
	}
	for base, want := range map[string]string{"shop": "shop-2-falochron-", "Żółty sklep!": "ty-sklep-2-falochron-", "": "shop-2-falochron-", strings.Repeat("x", 99): strings.Repeat("x", 40) + "-2-falochron-"} {
		got := replicaName(base, 2)
		if !strings.HasPrefix(got, want) || len(got) != len(want)+6 {
			t.Errorf("%q: %q, wants %q and six more", base, got, want)
		}
		if got == replicaName(base, 2) {
			t.Errorf("%q was given twice", got)
		}
	}
	c := Config{Owner: "me", Shop: "s"}
	mine := map[string]string{labelOwner: "me", labelName: "a-2"}
	for name, want := range map[string]bool{"a-2": true, "a-2" + drainingMark: true, "a-3": false, "": false} {
		if c.ours(mine, name) != want {
			t.Errorf("ours by the name %q: %v", name, !want)
		}
	}
	if c.ours(map[string]string{labelOwner: "other", labelName: "a-2"}, "a-2") || c.ours(map[string]string{labelOwner: "me"}, "") {
		t.Error("somebody else's is ours")
	}
}
