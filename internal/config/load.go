package config

import (
	"fmt"
	"os"
	"strconv"

	"github.com/falochron/falochron"
)

// Flags are what can be said without a file. Empty means not said; Origins
// stand for one shop.
type Flags struct {
	Origins []string
	Listen  string
	Admin   string
	Data    string
	Mode    string
	Radar   string

	PlanStore, PlanListen, PlanURL, PlanSteps string
}

// source is where a Config came from, so that it can be read again.
type source struct {
	file  string
	flags Flags
}

// Load reads and checks the file at path. The error is an [Error] of kind
// Invalid whose cause is [Faults], or one that says why the file cannot be
// read.
//
// [Error]: https://pkg.go.dev/github.com/falochron/falochron#Error
func Load(path string) (*Config, error) { return LoadWith(path, Flags{}) }

// LoadWith is [Load] with flags over the file: what is said in both, the flag
// says. Origins belong to one place only, so together with a file they are
// refused.
func LoadWith(path string, f Flags) (*Config, error) {
	if len(f.Origins) > 0 {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "read flags",
			Public: "--origin and --config together",
			Hint:   "write the origin into the file, below shops:",
		}
	}
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return build(path, text, f)
}

// FromFlags is the shorthand without a file: one shop with its replicas, all
// else default.
func FromFlags(f Flags) (*Config, error) {
	if len(f.Origins) == 0 {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "read flags", Public: "no origin given",
			Hint: "falochron run --origin http://127.0.0.1:8081, or --config FILE",
		}
	}
	return build("", nil, f)
}

// Reload reads c's file again, with the flags of then. It returns a new value
// and leaves c alone. A change of what only a restart can change is a fault,
// since half a reload would be none.
func (c *Config) Reload() (*Config, error) {
	if c.from.file == "" {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "reload", Public: "there is no configuration file",
			Hint: "start with --config FILE to be able to reload",
		}
	}
	next, err := LoadWith(c.from.file, c.from.flags)
	if err != nil {
		return nil, err
	}
	if fixed := needRestart(c, next); len(fixed) > 0 {
		return nil, refuse(c.from.file, fixed)
	}
	return next, nil
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		err = fmt.Errorf("%s is a folder", path)
	case err == nil && info.Size() > maxFile:
		err = fmt.Errorf("%s is larger than %s", path, Size(maxFile))
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "read configuration", Err: err,
			Hint: "falochron.example.yaml shows a file with every key",
		}
	}
	return text, nil
}

// build is the only way to a Config: defaults, file, flags, checks.
func build(path string, text []byte, f Flags) (*Config, error) {
	c := Default()
	c.from = source{file: path, flags: f}
	d := newDecoder(path)
	if path != "" {
		c.Shops = nil
		d.decode(text, c)
	}
	// After a fault of syntax nothing else is known, and every check would only
	// repeat it.
	if len(d.faults) == 0 || !d.bad[""] {
		d.overrule(c, f)
		d.check(c)
	}
	if len(d.faults) > 0 {
		d.faults.sort()
		return nil, refuse(path, d.faults)
	}
	return c, nil
}

// overrule puts the flags over what the file said.
func (d *decoder) overrule(c *Config, f Flags) {
	set := func(key, flag, value string, into *string) {
		if value != "" {
			*into, d.flag[key] = value, flag
			delete(d.bad, key)
		}
	}
	set("listen", "--listen", f.Listen, &c.Listen)
	set("admin.listen", "--admin", f.Admin, &c.Admin.Listen)
	set("data", "--data", f.Data, &c.Data)
	set("plan.store", "--plan-store", f.PlanStore, (*string)(&c.Plan.Store))
	set("plan.listen", "--plan-listen", f.PlanListen, &c.Plan.Listen)
	set("plan.steps", "--plan-steps", f.PlanSteps, &c.Plan.Steps)
	if f.PlanURL != "" {
		d.flag["plan.url"] = "--plan-url"
		delete(d.bad, "plan.url")
		var err error
		if c.Plan.URL, err = parseURL(f.PlanURL); err != nil {
			d.add("plan.url", nil, "", err.Error(), "")
		}
	}
	for i, o := range f.Origins {
		key := fmt.Sprintf("shops[0].origins[%d]", i)
		d.flag[key] = "--origin"
		u, err := parseURL(o)
		if err != nil {
			d.add(key, nil, strconv.Quote(o), err.Error(), "")
		}
		c.Shops[0].Origins = append(c.Shops[0].Origins, u)
	}
	if f.Radar != "" {
		mode, err := parseRadarMode(f.Radar)
		if err != nil {
			d.flag["shops[].radar.mode"] = "--radar"
			d.add("shops[].radar.mode", nil, strconv.Quote(f.Radar), err.Error(), "")
		}
		for i := range c.Shops {
			c.Shops[i].Radar.Mode = mode
		}
	}
	if f.Mode == "" {
		return
	}
	mode, err := parseMode(f.Mode)
	if err != nil {
		d.flag["shops[].mode"] = "--mode"
		d.add("shops[].mode", nil, strconv.Quote(f.Mode), err.Error(), "")
		return
	}
	for i := range c.Shops {
		c.Shops[i].Mode = mode
	}
}

func refuse(path string, faults Faults) error {
	public := "1 fault"
	if len(faults) != 1 {
		public = fmt.Sprintf("%d faults", len(faults))
	}
	op := "check flags"
	if path != "" {
		op = "check " + path
	}
	return &falochron.Error{
		Kind: falochron.Invalid, Op: op, Public: public, Err: faults,
		Hint: "nothing was started or changed; falochron.example.yaml documents every key",
	}
}
