package listen

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/ical"
	"github.com/falochron/falochron/internal/plan"
)

// columns are the columns of a table: by which names its header may call them, and
// whether evenings or posts have them.
var columns = []struct {
	name  string
	names []string
	of    string // "post", "evening" or both
}{
	{"uid", []string{"id", "klucz"}, ""},
	{"campaign", []string{"kampania"}, ""},
	{"kind", []string{"rodzaj", "typ", "type"}, ""},
	{"name", []string{"nazwa"}, ""},
	{"at", []string{"termin", "start", "kiedy"}, ""},
	{"date", []string{"data", "dzień", "dzien"}, ""},
	{"time", []string{"godzina"}, ""},
	{"reach", []string{"zasięg", "zasieg"}, ""},
	{"channel", []string{"kanał", "kanal"}, "post"},
	{"account", []string{"konto"}, "post"},
	{"party", []string{"influencer", "influencerka"}, "post"},
	{"slip_minutes", []string{"poślizg_minuty", "poslizg_minuty"}, "post"},
	{"followers", []string{"obserwujący", "obserwujacy"}, "post"},
	{"proof", []string{"dowód", "dowod"}, "post"},
	{"proof_date", []string{"dowód_z_dnia", "dowod_z_dnia"}, "post"},
	{"proof_link", []string{"dowód_link", "dowod_link"}, "post"},
	{"proof_note", []string{"dowód_opis", "dowod_opis"}, "post"},
	{"click", []string{"kliknie"}, "post"},
	{"buy", []string{"kupi"}, "post"},
	{"link", []string{"adres"}, "post"},
	{"coupon", []string{"kupon"}, "post"},
	{"price", []string{"cena"}, "post"},
	{"stock", []string{"stan", "sztuk"}, "post"},
	{"limited", []string{"limitowane"}, "post"},
	{"lasts_minutes", []string{"trwa_minuty"}, "evening"},
	{"pre_queue_minutes", []string{"poczekalnia_minuty"}, "evening"},
	{"draw", []string{"losowanie"}, "evening"},
}

// Columns are the names of all columns, in the order of docs/news.md.
func Columns() []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name
	}
	return out
}

// table reads a table with a header, as spreadsheets write it: cells apart by
// semicolons, commas or tabs.
func (f *File) table(b []byte, o *Options) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	skipped := 0
	if line, rest, _ := bytes.Cut(b, []byte("\n")); bytes.HasPrefix(bytes.ToLower(line), []byte("sep=")) { // Excel's own
		b, skipped = rest, 1
	}
	in := csv.NewReader(bytes.NewReader(b))
	in.Comma, in.FieldsPerRecord, in.ReuseRecord = separator(b), -1, true
	header, called := map[string]int{}, map[string]string{}
	seen := map[string]int{}
	for rows := 0; ; rows++ {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			f.fault(bad.Line+skipped, "", "write a quote within a cell twice, and the cell within quotes", "the quotes of this row are not closed or stand in the middle of a cell")
			return // what follows would be read as something else
		}
		line, _ := in.FieldPos(0)
		line += skipped
		switch {
		case len(header) == 0:
			if !f.header(record, line, header, called) {
				return
			}
		case rows > MaxRows*4:
			f.fault(line, "", "split it into several files", "there are more than %d rows", MaxRows*4)
			return
		case !slices.ContainsFunc(record, func(s string) bool { return strings.TrimSpace(s) != "" }):
			// an empty row
		default:
			r := row{f: f, line: line, cells: record, header: header, called: called, faults: len(f.Faults) + f.Left}
			if item, ok := r.item(o); ok {
				f.add(item, r.get("uid"), "uid", seen)
			}
		}
	}
	if len(f.Items) == 0 && len(f.Faults) == 0 {
		f.fault(1, "", "write a row below the header for each post", "there is nothing but a header")
	}
}

// separator is what the header has most of.
func separator(b []byte) rune {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, c := range ";\t" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// header finds out which column is which.
func (f *File) header(record []string, line int, header map[string]int, called map[string]string) bool {
	before := len(f.Faults)
	for i, cell := range record {
		name := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(cell)), " ", "_")
		if name == "" {
			continue
		}
		at := slices.IndexFunc(columns, func(c struct {
			name  string
			names []string
			of    string
		}) bool {
			return c.name == name || slices.Contains(c.names, name)
		})
		if at < 0 {
			f.fault(line, cut(cell), f.in("the columns are ")+strings.Join(Columns(), ", "), "this column is not known")
			continue
		}
		if _, twice := header[columns[at].name]; twice {
			f.fault(line, cut(cell), "leave one of them out", "the column %s is there twice", columns[at].name)
		}
		header[columns[at].name], called[columns[at].name] = i, cut(strings.TrimSpace(cell))
	}
	_, at := header["at"]
	_, date := header["date"]
	_, clock := header["time"]
	if !at && !(date && clock) && len(f.Faults) == before {
		f.fault(line, "", f.in("the first row names the columns: ")+strings.Join(Columns(), ", "), "a column at is missing, or date and time")
	}
	return len(f.Faults) == before
}

// cut bounds what is quoted from a file.
func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// row is one row of a table.
type row struct {
	f      *File
	line   int
	cells  []string
	header map[string]int
	called map[string]string // what the header calls the columns
	faults int               // of the file before it
}

// get is what stands in a column, without spaces around it.
func (r *row) get(column string) string {
	if i, there := r.header[column]; there && i < len(r.cells) {
		return strings.TrimFunc(r.cells[i], func(c rune) bool { return c == ' ' || c == '\u00a0' || c == '\t' })
	}
	return ""
}

func (r *row) bad(column, hint, format string, args ...any) {
	if called := r.called[column]; called != "" {
		column = called
	}
	r.f.fault(r.line, column, hint, format, args...)
}

// item reads the row; ok is false if it is at fault.
func (r *row) item(o *Options) (item Item, ok bool) {
	for i, cell := range r.cells {
		if strings.TrimSpace(cell) != "" && !r.named(i) {
			r.bad("", "name every column in the first row, and quote a cell that holds the separator", "there is a cell below no column: %q", cut(cell))
			break
		}
	}
	item = Item{Line: r.line, Campaign: r.get("campaign"), IsEvening: r.evening()}
	if item.Campaign == "" {
		item.Campaign = o.Campaign
	}
	kind := "post"
	if item.IsEvening {
		kind = "evening"
	}
	for _, c := range columns {
		if c.of != "" && c.of != kind && r.get(c.name) != "" {
			r.bad(c.name, "leave the cell empty", "%s has no %s", r.f.in(map[string]string{"post": "a post", "evening": "an evening"}[kind]), c.name)
		}
	}
	at := r.moment(o.Zone)
	if item.IsEvening {
		item.Evening = plan.Evening{
			Name: r.get("name"), Start: at, Reach: r.whole("reach"), Lasts: r.minutes("lasts_minutes"), PreQueue: r.minutes("pre_queue_minutes"), Draw: r.yes("draw"),
		}
		if item.Evening.Lasts == 0 {
			r.bad("lasts_minutes", "how long the evening goes on, in minutes", "is missing")
		}
	} else {
		shown := plan.Proof{}
		item.Post = plan.Post{
			Name: r.get("name"), Party: plan.ID(r.get("party")), Channel: r.get("channel"), Account: r.get("account"), Reach: r.whole("reach"),
			Followers: r.whole("followers"), Proof: r.proof(&shown), Click: r.share("click"), Buy: r.share("buy"), At: at, Slip: r.minutes("slip_minutes"),
			Link: r.get("link"), Coupon: r.get("coupon"), Price: r.number("price"), Stock: r.whole("stock"), Limited: r.yes("limited"),
		}
		item.Post.Shown = shown
		r.f.channel(r.line, cmp.Or(r.called["channel"], "channel"), item.Post.Channel, o)
	}
	if item.Name() == "" {
		r.bad("name", "a name, or of a post its channel", "is missing")
	}
	return item, len(r.f.Faults)+r.f.Left == r.faults
}

// named reports whether the header names the column.
func (r *row) named(i int) bool {
	for _, at := range r.header {
		if at == i {
			return true
		}
	}
	return false
}

func (r *row) evening() bool {
	switch strings.ToLower(r.get("kind")) {
	case "", "post", "wpis":
		return false
	case "evening", "wieczór", "wieczor":
		return true
	}
	r.bad("kind", "post or evening", "%q is no kind", cut(r.get("kind")))
	return false
}

func (r *row) yes(column string) bool {
	yes, is := yesOrNo(r.get(column))
	if !is {
		r.bad(column, "yes or no", "%q is neither yes nor no", cut(r.get(column)))
	}
	return yes
}

// yesOrNo reads what people write for yes and no; nothing is no.
func yesOrNo(s string) (yes, is bool) {
	switch strings.ToLower(s) {
	case "", "no", "nie", "n", "0", "false", "fałsz":
		return false, true
	case "yes", "tak", "t", "y", "x", "1", "true", "prawda":
		return true, true
	}
	return false, false
}

// proofs are the kinds of proof as people write them in a table.
var proofs = map[string]plan.ProofKind{
	"statistics": plan.Statistics, "statystyki": plan.Statistics, "media-kit": plan.MediaKit, "media kit": plan.MediaKit,
	"past-posts": plan.PastPosts, "past posts": plan.PastPosts, "wcześniejsze wpisy": plan.PastPosts, "wczesniejsze wpisy": plan.PastPosts,
	"other": plan.OtherProof, "inny": plan.OtherProof, "inne": plan.OtherProof,
}

// proof reads how it was shown how many see a post: its kind, or only yes or no, and of
// which day, where, and in words. With any of these it was shown.
func (r *row) proof(shown *plan.Proof) bool {
	written := r.get("proof")
	kind, isKind := proofs[strings.ToLower(written)]
	yes, is := yesOrNo(written)
	if !isKind && !is {
		r.bad("proof", "yes, no, statistics, media-kit, past-posts or other", "%q is neither yes nor no", cut(written))
	}
	*shown = plan.Proof{Kind: kind, Date: r.day("proof_date"), Link: r.get("proof_link"), Note: r.get("proof_note")}
	if *shown == (plan.Proof{}) {
		return yes
	}
	if written != "" && is && !yes {
		r.bad("proof", "leave it empty, or say what was shown", "it was not shown, and it is said how")
	}
	return true
}

// day reads a day, and has it as the plan does.
func (r *row) day(column string) string {
	s := r.get(column)
	for _, layout := range []string{time.DateOnly, "2.1.2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	if s != "" {
		r.bad(column, "write 2026-11-20 or 20.11.2026", "%q is no day", cut(s))
	}
	return ""
}

// digits takes the spaces out of a number: 12 000.
func digits(s string) string {
	return strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "").Replace(s)
}

func (r *row) whole(column string) int {
	s := digits(r.get(column))
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		r.bad(column, "a whole number like 12000", "%q is no whole number", cut(r.get(column)))
		return 0
	}
	return n
}

// number reads 59.99 and 59,99.
func (r *row) number(column string) float64 {
	s := digits(r.get(column))
	if s == "" {
		return 0
	}
	if !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x >= 0 && x < 1e12) {
		r.bad(column, "a number like 59.99 or 59,99, without a currency", "%q is no number", cut(r.get(column)))
		return 0
	}
	return x
}

// share reads 0.03, 0,03 and 3%.
func (r *row) share(column string) float64 {
	s, percent := strings.CutSuffix(digits(r.get(column)), "%")
	if s == "" && !percent {
		return 0
	}
	x, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if percent {
		x /= 100
	}
	if err != nil || !(x >= 0 && x <= 1) {
		r.bad(column, "a share like 3% or 0.03", "%q is no share", cut(r.get(column)))
		return 0
	}
	return x
}

func (r *row) minutes(column string) time.Duration {
	n := r.whole(column)
	if n > 60*24*366 {
		r.bad(column, "minutes", "%d minutes are more than a year", n)
		return 0
	}
	return time.Duration(n) * time.Minute
}

// walls are how people and spreadsheets write a moment by the clock on the wall.
var walls = []string{
	"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05",
	"2.1.2006 15:04", "2.1.2006 15:04:05", "2.1.2006, 15:04", "2.1.2006 15.04",
}

// moment reads at, or date and time.
func (r *row) moment(zone *time.Location) time.Time {
	column, s := "at", r.get("at")
	if s == "" {
		column = "date"
		s = strings.TrimSpace(r.get("date") + " " + r.get("time"))
	}
	if s == "" {
		r.bad("at", "when it goes out, like 2026-12-01 20:00", "is missing")
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02 15:04 Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	for _, layout := range walls {
		wall, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		t, twice, err := ical.At(wall, zone)
		switch {
		case err != nil:
			r.bad(column, "the clock goes forward in that hour: choose another", "%s is skipped in %s", cut(s), zone)
		case twice:
			r.bad(column, r.f.in("the clock goes back in that hour: write it with its zone, like ")+t.Format(time.RFC3339), "%s comes twice in %s", cut(s), zone)
		}
		return t
	}
	r.bad(column, "write 2026-12-01 20:00, 01.12.2026 20:00 or 2026-12-01T20:00:00+01:00", "%q is no moment", cut(s))
	return time.Time{}
}
