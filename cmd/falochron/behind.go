package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/plan"
)

// Which shop of the plan is which shop behind the edge. A plan can be of many shops and
// of several agencies, and only some of them are here; what is announced of one must
// never reach the fans of another. So nothing is guessed among several.

// edges are the shops behind an edge, with what is known of which they are.
type edges struct {
	Shops []edgeShop `json:"shops"`
	// Kept is which shop of the plan the only shop here turned out to be, while the plan
	// had no other. It stays that one when the plan gets more, and when it loses this one.
	Kept edgeTie `json:"kept,omitzero"`
	// Reached is how people reach the pages of the plan, as the configuration says; empty:
	// it does not.
	Reached string `json:"reached,omitempty"`
}

// edgeShop is a shop as the configuration has it.
type edgeShop struct {
	Name  string   `json:"name"`
	Hosts []string `json:"hosts,omitempty"` // empty: every host
	Plan  plan.ID  `json:"plan,omitempty"`  // its id in the plan; empty: it is found
}

// edgeTie is which shop of the plan a shop behind the edge is.
type edgeTie struct {
	Shop string  `json:"shop"`
	Plan plan.ID `json:"plan"`
}

// edgesOf are those of a configuration.
func edgesOf(cfg *config.Config) (e edges) {
	for i := range cfg.Shops {
		s := &cfg.Shops[i]
		e.Shops = append(e.Shops, edgeShop{s.Name, s.Hosts, plan.ID(s.Plan)})
	}
	if cfg.Plan.URL != nil {
		e.Reached = trimmed(cfg.Plan.URL.String())
	}
	return e
}

// find is the name under which the edge has a shop of the plan; empty: it has not. The
// configuration says so, or it is the one of the same id, or the one that answers for one
// of its domains and has no other's id. A single shop that answers for every host is the only one that is
// planned; then news says that this was found only now.
func (e *edges) find(s *plan.Shop, planned func() []plan.ID) (name string, news bool) {
	if s.ID == "" {
		return "", false
	}
	for _, b := range e.Shops {
		if b.Plan == s.ID {
			return b.Name, false
		}
	}
	if len(e.Shops) == 1 && len(e.Shops[0].Hosts) == 0 && e.Shops[0].Plan == "" {
		return e.findAlone(s, planned())
	}
	for _, b := range e.Shops {
		if b.Plan == "" && b.Name == string(s.ID) {
			return b.Name, false
		}
	}
	for _, b := range e.Shops {
		if b.Plan == "" && slices.ContainsFunc(b.Hosts, func(h string) bool {
			return slices.ContainsFunc(s.Domains, func(d string) bool { return strings.EqualFold(h, d) })
		}) && !slices.Contains(planned(), plan.ID(b.Name)) {
			return b.Name, false
		}
	}
	return "", false
}

// findAlone is the same at a single shop that answers for every host. It is one shop of
// the plan at most.
func (e *edges) findAlone(s *plan.Shop, planned []plan.ID) (name string, news bool) {
	only := e.Shops[0].Name
	is, kept := plan.ID(""), e.Kept.Shop == only && e.Kept.Plan != ""
	switch {
	case kept && slices.Contains(planned, e.Kept.Plan):
		is = e.Kept.Plan
	case slices.Contains(planned, plan.ID(only)):
		is = plan.ID(only)
	case !kept && len(planned) == 1:
		is, news = planned[0], true
	}
	if is != s.ID {
		return "", false
	}
	return only, news
}

// edgesFile is where a running edge says in its data folder which shops it has: so that
// commands can tell, and the next start knows what was found.
const edgesFile = "behind.json"

// readEdges are those of a data folder; false: nobody has said.
func readEdges(data string) (e edges, known bool) {
	b, err := os.ReadFile(filepath.Join(data, edgesFile))
	return e, err == nil && json.Unmarshal(b, &e) == nil
}

// write keeps them in a data folder.
func (e *edges) write(data string) error {
	b, err := json.Marshal(e)
	if err != nil {
		return &falochron.Error{Kind: falochron.Internal, Op: "write " + edgesFile, Err: err}
	}
	name := filepath.Join(data, edgesFile)
	if err = os.WriteFile(name+".new", append(b, '\n'), 0o600); err == nil {
		err = os.Rename(name+".new", name)
	}
	if err != nil {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "write " + edgesFile, Err: err, Hint: "the data folder must be writable"}
	}
	return nil
}
