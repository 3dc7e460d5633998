package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/toyshop"
)

// replicasStage is where the third act plays: Falochron as anybody starts it, which starts
// the shop's replicas itself. It borrows the second act's ways to the plan.
type replicasStage struct {
	*replicasDemo
	plan   announcedStage // its edge, and nothing else of it
	listen string
	shop   string // the replicas' data folder
}

// set starts Falochron with the configuration that makes it start replicas, and waits for
// the first.
func (d *replicasDemo) set(ctx context.Context) (*replicasStage, error) {
	s := &replicasStage{replicasDemo: d, listen: d.house.port(), shop: filepath.Join(d.house.dir, "toyshop")}
	admin, first := d.house.port(), d.house.portsFrom(replicasMost)
	file := ""
	p, err := d.house.process("edge", func(data string) []string {
		file = data + ".yaml"
		return []string{"run", "--config", file, "--data", data, "--listen", s.listen, "--admin", admin}
	})
	if err != nil {
		return nil, err
	}
	text := d.config(s, first)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	s.plan = announcedStage{announcedDemo: &announcedDemo{house: d.house, out: d.out}, edge: &edgeProcess{p, s.listen, admin}}
	d.out.say("  $ %s\n      with %s", p.line(), strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      "))
	return s, s.raise(ctx)
}

// config is the configuration, for replicas at the ports from first on.
func (d *replicasDemo) config(s *replicasStage, first int) string {
	command := []string{
		d.house.exe, "toyshop", "--listen", "127.0.0.1:{port}", "--data", s.shop, "--public-url", "http://" + s.listen,
		"--workers", strconv.Itoa(d.workers), "--seed", strconv.FormatUint(d.seed, 10), "--boot", d.startTime().String(), "--cold", replicasCold.String(),
	}
	if d.fault == "dead-replicas" {
		// The first port's replica lives; any other ends at once.
		command = []string{"/bin/sh", "-c", fmt.Sprintf(`test "$PORT" = %d && exec "$0" "$@"; exit 1`, first)}
		command = append(command, d.house.exe, "toyshop", "--listen", "127.0.0.1:{port}", "--data", s.shop, "--public-url", "http://"+s.listen,
			"--workers", strconv.Itoa(d.workers), "--boot", replicasBoot.String())
	}
	mode := "act"
	if d.fault == "advise" {
		mode = "advise"
	}
	words, _ := json.Marshal(command) // a list of strings is JSON as well as YAML
	return fmt.Sprintf(`shops:
  - name: %s
    origins: ["http://127.0.0.1:%d"]
    sticky: never # they share a folder
    fleet:
      driver: processes
      mode: %s
      min: 1
      max: %d
      processes:
        command: %s
        first_port: %d
        last_port: %d
`, theShop, first, mode, replicasMost, words, first, first+replicasMost-1)
}

// raise starts Falochron and waits until its first replica takes requests.
func (s *replicasStage) raise(ctx context.Context) error {
	if err := s.plan.edge.start(); err != nil {
		return err
	}
	if err := s.plan.edge.listening(ctx, s.listen); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.startTime()+readyWithin+replicasOpen)
	defer cancel()
	for {
		if n, err := s.look(ctx); err == nil && n.Fleet.Ready > 0 {
			return pause(ctx, replicasOpen)
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("no replica of the shop is ready: %w", err)
		}
	}
}

// again starts Falochron anew, so that only what it has learnt is left of the first wave.
// Its replicas end with it.
func (s *replicasStage) again(ctx context.Context) error {
	s.plan.edge.stop()
	return s.raise(ctx)
}

// announceWave puts the wave into the plan, and returns its moment.
func (s *replicasStage) announceWave(ctx context.Context, r *replicasResult) (time.Time, error) {
	at := time.Now().Add(replicasAhead).Truncate(time.Second)
	if s.fault == "no-plan" {
		return at, nil
	}
	for _, args := range [][]string{{"party", "add", "ola", "--name", "Ola"}, {"shop", "add", theShop, "--name", "Lipstick", "--domain", "127.0.0.1", "--party", "influencer:ola"}} {
		if _, err := s.plan.campaign(ctx, args...); err != nil {
			return at, err
		}
	}
	article := toyshop.Catalogue()[0]
	file := filepath.Join(s.house.dir, "wave.yaml")
	text := fmt.Sprintf(`shop: %s
name: Lipstick
stock: %d
posts:
  - party: ola
    channel: timed-drop
    account: "@ola"
    at: %s
    reach: %d
    proof: true
    click: %s
    buy: %s
    link: http://%s/produkt/%s
`, theShop, toyshop.DefaultStock, at.Format(time.RFC3339), replicasReach, announcedClick, announcedBuy, s.listen, article.Slug)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return at, err
	}
	if _, err := s.plan.campaign(ctx, "add", file); err != nil {
		return at, err
	}
	var ready struct {
		Readiness struct{ Load struct{ People float64 } }
	}
	for until := time.Now().Add(seenWithin); ; { // another process has written it
		err := s.plan.ask(ctx, "GET", "plan/campaigns/"+theCampaign+"/readiness", "", nil, &ready)
		if err == nil || time.Now().After(until) {
			r.Foretold = int(ready.Readiness.Load.People + 0.5)
			return at, err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return at, err
		}
	}
}

// seenNow is what the operators' API says of the shop.
type seenNow struct {
	Vitals struct {
		InLine int `json:"in_line"`
		Inside int `json:"inside"`
		Orders int `json:"orders"`
	} `json:"vitals"`
	Fleet struct {
		Wanted, Ready, Starting, Failed int
		Why                             struct{ EN string }
	} `json:"fleet"`
}

func (s *replicasStage) look(ctx context.Context) (n seenNow, err error) {
	return n, s.plan.ask(ctx, "GET", "shops/"+theShop, "", nil, &n)
}

// wave lets the fans come: at a moment that was announced, or at once.
func (s *replicasStage) wave(ctx context.Context, list *crowd.List, at time.Time) (*replicasWaveSeen, error) {
	w := &replicasWaveSeen{}
	if at.IsZero() {
		at = time.Now().Add(2 * time.Second)
	}
	over, done := context.WithCancel(ctx)
	defer done()
	watched := make(chan error, 1)
	go func() { watched <- s.watchReplicas(over, at, w) }()
	if err := pause(ctx, time.Until(at)); err != nil {
		return nil, err
	}
	rep, err := crowd.Wave{List: list, Target: crowd.Target{Base: "http://" + s.listen}, Stay: replicasAfter, Grace: waveGrace,
		Progress: func(p crowd.Progress) {
			s.out.progress("wave", p.At, replicasWave+replicasAfter, fmt.Sprintf("%d orders, %d in line, %d inside", p.Orders, p.InLine, p.Inside))
		}}.Run(ctx)
	done()
	if failed := <-watched; err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	w.of(rep)
	s.out.say("  over after %.0f s: %d orders of %d; %s; %d replicas at most",
		time.Since(at).Seconds(), w.Orders, list.Buyers, w.lineInWords(), w.most())
	return w, nil
}

// watchReplicas notes each second what there is, and says what changes.
func (s *replicasStage) watchReplicas(ctx context.Context, at time.Time, w *replicasWaveSeen) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last seenNow
	for {
		n, err := s.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		second := time.Since(at).Seconds()
		w.Seconds = append(w.Seconds, replicasSecond{At: round(second, 1), InLine: n.Vitals.InLine, Inside: n.Vitals.Inside, Wanted: n.Fleet.Wanted, Ready: n.Fleet.Ready})
		if n.Fleet.Wanted != last.Fleet.Wanted || n.Fleet.Ready != last.Fleet.Ready {
			s.out.say("  %+4.0f s  %d replicas ready, %d wanted, %d in line: %s", second, n.Fleet.Ready, n.Fleet.Wanted, n.Vitals.InLine, n.Fleet.Why.EN)
		}
		last = n
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// portsFrom finds so many ports in a row that are free now, and returns the first.
func (h *house) portsFrom(n int) int {
	for range 200 {
		_, text, _ := net.SplitHostPort(h.port())
		first, err := strconv.Atoi(text)
		if err != nil {
			continue
		}
		free := true
		for i := 1; i < n && free; i++ {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+i))
			if free = err == nil; free {
				_ = l.Close()
			}
		}
		if free {
			return first
		}
	}
	return 20_000 // the children cannot use them either, and say so
}
