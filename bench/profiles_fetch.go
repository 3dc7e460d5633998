package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/pprof/profile"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
)

// profile asks the edge for a profile of itself.
func (s *stand) profile(ctx context.Context, which string) (*profile.Profile, error) {
	body, err := s.operator(ctx, "/debug/pprof/"+which)
	if err != nil {
		return nil, err
	}
	return profile.ParseData(body)
}

// allocated is what the edge has allocated since its start, in bytes and in objects,
// as its own allocator counts.
func (s *stand) allocated(ctx context.Context) (bytes, objects float64, err error) {
	body, err := s.operator(ctx, "/debug/pprof/allocs?debug=1")
	if err != nil {
		return 0, 0, err
	}
	return parseAllocated(string(body))
}

// parseAllocated reads the end of a profile of allocations in words, where Go's
// runtime.MemStats stands.
func parseAllocated(text string) (bytes, objects float64, err error) {
	for name, into := range map[string]*float64{"# TotalAlloc": &bytes, "# Mallocs": &objects} {
		if *into, err = strconv.ParseFloat(field(text, name, "="), 64); err != nil {
			return 0, 0, &falochron.Error{Kind: falochron.Internal, Op: "read what was allocated", Public: "no " + name + " in the profile",
				Hint: "does this Go still write runtime.MemStats there?", Err: err}
		}
	}
	return bytes, objects, nil
}

// operator gets a page of the admin listener, as its operator does.
func (s *stand) operator(ctx context.Context, path string) ([]byte, error) {
	token, err := os.ReadFile(filepath.Join(s.edgeData(), control.TokenFile))
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.adminAt+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = &falochron.Error{Kind: falochron.Unavailable, Op: "ask for " + path, Public: resp.Status + ": " + strings.TrimSpace(string(body)),
			Hint: "docs/api.md says what the admin listener answers"}
	}
	return body, err
}
