package config

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/falochron/falochron"
)

// LoadCampaign reads and checks a campaign file. The error is as of [Load].
func LoadCampaign(path string) (*Campaign, error) {
	c := &Campaign{}
	return c, loadForecast(path, c, func(d *decoder) { d.campaign(c) })
}

// LoadHistory reads and checks a file of past posts. The error is as of [Load].
func LoadHistory(path string) (*History, error) {
	h := &History{}
	return h, loadForecast(path, h, func(d *decoder) { d.history(h) })
}

// forecastHint is what helps with a file of a campaign or of past posts.
const forecastHint = "campaign.example.yaml and history.example.yaml document every key, falochron forecast --help the flags"

func loadForecast(path string, into any, check func(*decoder)) error {
	return loadChecked(path, forecastHint, into, check)
}

// loadChecked reads a file that is no configuration; hint is what helps with it.
func loadChecked(path, hint string, into any, check func(*decoder)) error {
	text, err := readFile(path)
	if e, ok := errors.AsType[*falochron.Error](err); ok {
		e.Op, e.Hint = "read "+path, hint
		return e
	}
	d := newDecoder(path)
	d.decode(text, into)
	if len(d.faults) == 0 || !d.bad[""] {
		check(d)
	}
	return d.refused("check "+path, hint)
}

// refused is the error of the faults, or nil.
func (d *decoder) refused(op, hint string) error {
	if len(d.faults) == 0 {
		return nil
	}
	d.faults.sort()
	err := refuse(d.file, d.faults).(*falochron.Error)
	err.Op, err.Hint = op, hint
	return err
}

// CampaignFromFlags is the shorthand for one post. Said maps keys of a campaign
// ("capacity.orders_per_minute") or of its post ("posts[0].reach") to what was
// said, flag names each key's flag.
func CampaignFromFlags(said, flag map[string]string) (*Campaign, error) {
	c := &Campaign{Posts: make([]Post, 1)}
	d := newDecoder("")
	d.flag = flag
	for _, key := range slices.Sorted(maps.Keys(said)) {
		if path, ok := strings.CutPrefix(key, "posts[0]."); ok {
			d.set(reflect.ValueOf(&c.Posts[0]).Elem(), path, key, said[key])
		} else {
			d.set(reflect.ValueOf(c).Elem(), key, key, said[key])
		}
	}
	d.campaign(c)
	return c, d.refused("check flags", forecastHint)
}

// set reads the text that was said of key into the field at path of v.
func (d *decoder) set(v reflect.Value, path, key, text string) {
	for name := range strings.SplitSeq(path, ".") {
		fields := fieldsOf(v.Type())
		v = v.Field(fields[slices.IndexFunc(fields, func(f field) bool { return f.name == name })].index)
	}
	got, err := scalars[v.Type()](text)
	if err != nil {
		d.add(key, nil, strconv.Quote(text), err.Error(), "")
		return
	}
	v.Set(reflect.ValueOf(got))
}
