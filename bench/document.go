package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// record is what lies beside a table: where and when it was measured, and of
// what.
type record[T any] struct {
	Machine machine `json:"machine"`
	Rows    []T     `json:"rows"`
}

// stamp is in every row: rows of one file may have been measured on different
// days, but a table shows rows of one build only.
type stamp struct {
	Build    string    `json:"build"`
	Commit   string    `json:"commit,omitempty"` // of the checkout; not known without git
	Measured time.Time `json:"measured"`
}

func (b *bench) stamp() stamp {
	return stamp{b.build, b.commit, time.Now().UTC().Truncate(time.Second)}
}

// file is where a section's numbers are.
func (b *bench) file(section string) string {
	return filepath.Join(b.out, "benchmarks", section+".json")
}

// loadRows reads a section's rows of an earlier run; none when there was none, or
// on another machine.
func loadRows[T any](b *bench, section string) ([]T, error) {
	data, err := os.ReadFile(b.file(section))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var r record[T]
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read " + b.file(section), Public: "not the result of a benchmark",
			Hint: "remove it, and measure again", Err: err}
	}
	if r.Machine != b.machine {
		return nil, nil
	}
	return r.Rows, nil
}

// saveRows writes a section's rows.
func saveRows[T any](b *bench, section string, rows []T) error {
	data, err := json.MarshalIndent(record[T]{b.machine, rows}, "", "  ")
	if err != nil {
		return err
	}
	return replace(b.file(section), append(data, '\n'))
}

// replace writes a file so that whoever reads it sees the old one or the new.
func replace(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	part := file + ".part"
	if err := os.WriteFile(part, data, 0o644); err != nil {
		return err
	}
	return os.Rename(part, file)
}

// documentOf is the document that a section's tables stand in.
func documentOf(section string) string {
	switch section {
	case "radar":
		return "radar.md"
	case "nowcast":
		return "nowcast.md"
	case "attacks":
		return "benchmarks-attacks.md"
	}
	return "benchmarks.md"
}

// document puts a section's tables into its document. A folder without one gets none:
// that is a trial.
func (b *bench) document(section, markdown string) error {
	file := filepath.Join(b.out, documentOf(section))
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	changed, err := fill(string(text), section, markdown)
	if err != nil {
		return err
	}
	return replace(file, []byte(changed))
}

// fill replaces what stands between a section's markers.
func fill(text, section, markdown string) (string, error) {
	begin, end := fmt.Sprintf("<!-- bench:%s:begin -->", section), fmt.Sprintf("<!-- bench:%s:end -->", section)
	before, rest, ok := strings.Cut(text, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", &falochron.Error{Kind: falochron.Invalid, Op: "write a table", Public: "no markers for " + section,
			Hint: "put " + begin + " and " + end + " where the table shall stand"}
	}
	return before + begin + "\n" + strings.TrimSpace(markdown) + "\n" + end + after, nil
}
