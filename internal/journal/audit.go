package journal

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/falochron/falochron"
)

// AuditFile is the name of the audit file in a data folder: one [Entry] as JSON
// a line, oldest first. Falochron only ever appends to it.
const AuditFile = "audit.jsonl"

// auditTail is how much of an existing audit file is read back at the start.
const auditTail = 1 << 20

// audit keeps what people did. Its records are few and may wait for a disk, so
// they are kept whole and under a mutex of their own.
type audit struct {
	size int

	mu      sync.Mutex
	records []falochron.Record // oldest first, at most size
	file    *os.File           // nil without a data folder
	fault   error              // last write's
}

// KeepAudit appends audit records to [AuditFile] in folder from now on, and
// reads back the newest of those already there. The error says what of the file
// cannot be used; the journal works without it.
func (j *Journal) KeepAudit(folder string) error {
	name := filepath.Join(folder, AuditFile)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return auditError("open audit file", err)
	}
	old, err := readTail(f)
	if err != nil {
		_ = f.Close()
		return auditError("read audit file", err)
	}
	a := &j.audit
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file != nil {
		_ = a.file.Close()
	}
	a.file = f
	a.records = append(old, a.records...)
	a.trim()
	return nil
}

// Audit keeps what an actor did. It returns an error when the file did not take
// the record; it is in memory even then.
func (j *Journal) Audit(r falochron.Record) error {
	r.Path = withoutQuery(r.Path)
	r.Note = cut(r.Note, maxNote)
	line, err := json.Marshal(EntryOf(r))
	if err != nil {
		return auditError("write audit record", err)
	}
	a := &j.audit
	a.mu.Lock()
	defer a.mu.Unlock()
	a.records = append(a.records, r)
	a.trim()
	if a.file == nil {
		return nil
	}
	a.fault = nil
	if _, err := a.file.Write(append(line, '\n')); err != nil {
		a.fault = auditError("write audit file", err)
	} else if err := a.file.Sync(); err != nil {
		a.fault = auditError("sync audit file", err)
	}
	return a.fault
}

// AuditFault returns why the last audit record is not in the file, or nil.
func (j *Journal) AuditFault() error {
	j.audit.mu.Lock()
	defer j.audit.mu.Unlock()
	return j.audit.fault
}

// Close lets go of the audit file. The journal stays usable in memory.
func (j *Journal) Close() error {
	a := &j.audit
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	err := a.file.Close()
	a.file = nil
	return err
}

func (a *audit) trim() {
	if extra := len(a.records) - a.size; extra > 0 {
		a.records = append(a.records[:0:0], a.records[extra:]...)
	}
}

func (a *audit) find(id string) (falochron.Record, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := len(a.records) - 1; i >= 0; i-- {
		if a.records[i].ID == id {
			return a.records[i], true
		}
	}
	return falochron.Record{}, false
}

func (a *audit) since(from int64, f Filter) []falochron.Record {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []falochron.Record
	for _, r := range a.records {
		if r.Time.UnixNano() >= from && (f.Shop == "" || r.Shop == "" || r.Shop == f.Shop) {
			out = append(out, r)
		}
	}
	if len(out) > f.Limit {
		out = out[len(out)-f.Limit:]
	}
	return out
}

// readTail reads the records at the end of an audit file. A line that is no
// record (cut short by a crash) is passed over.
func readTail(f *os.File) ([]falochron.Record, error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	from := max(end-auditTail, 0)
	in := bufio.NewScanner(io.NewSectionReader(f, from, end-from))
	in.Buffer(make([]byte, 0, 4096), auditTail+1)
	var out []falochron.Record
	for in.Scan() {
		var e Entry
		if json.Unmarshal(in.Bytes(), &e) == nil && e.Actor != "" {
			out = append(out, e.Record())
		}
	}
	// A crash in mid-line leaves no newline; the next record must not join it.
	if last := make([]byte, 1); end > 0 {
		if _, err := f.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			if _, err := f.Write([]byte{'\n'}); err != nil {
				return nil, err
			}
		}
	}
	return out, in.Err()
}

func auditError(op string, err error) error {
	return &falochron.Error{
		Kind: falochron.Unavailable, Op: op, Err: err,
		Public: "the audit file cannot be used",
		Hint:   "check owner, rights and free space of the data folder",
	}
}
