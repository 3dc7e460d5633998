package config

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/falochron/falochron"
)

// Radar says what is done about what looks like an attack on one shop.
type Radar struct {
	// Mode is act (treat it), shadow (only say what would be done) or off (neither count
	// nor judge). Default act.
	Mode falochron.RadarMode `yaml:"mode"`
	// Hosting is a file of the networks of hosting companies, see [LoadNetworks]. Default
	// empty, which means none. That somebody comes from there is a weak sign of an attack.
	Hosting string `yaml:"hosting"`
}

// Robots says how crawlers are known to be who they say: what is ordered of those who look
// like an attack is not meant for them.
type Robots struct {
	// DNS asks it for the names of addresses that say they are a large crawler's. Default
	// true. False leaves only Ranges.
	DNS bool `yaml:"dns"`
	// Ranges are files of the address ranges that owners of crawlers publish, see
	// [LoadNetworks]. Default: none.
	Ranges []string `yaml:"ranges"`
}

// maxNetworks is the longest file of networks in bytes: some 200,000 of them.
const maxNetworks = 4 << 20

// LoadNetworks reads a file of networks: one in each line, with comments from "#" on; or
// JSON as Google and Bing publish it, {"prefixes": [{"ipv4Prefix": "…"}, {"ipv6Prefix":
// "…"}]}. The error is one of kind Invalid that names the line.
func LoadNetworks(path string) ([]netip.Prefix, error) {
	fail := func(err error) ([]netip.Prefix, error) {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "read networks", Public: path, Err: err,
			Hint: "one network in each line, like 192.0.2.0/24, or the JSON that owners of crawlers publish",
		}
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxNetworks {
		err = fmt.Errorf("it is larger than %s", Size(maxNetworks))
	}
	if err != nil {
		return fail(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fail(err)
	}
	if text = bytes.TrimSpace(text); bytes.HasPrefix(text, []byte("{")) {
		text, err = published(text)
		if err != nil {
			return fail(err)
		}
	}
	var out []netip.Prefix
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		p, err := parsePrefix(line)
		if err != nil {
			return fail(fmt.Errorf("line %d: %q %w", n, line, err))
		}
		out = append(out, p)
	}
	if err := lines.Err(); err != nil {
		return fail(err)
	}
	return out, nil
}

// published makes lines of what the owners of crawlers publish.
func published(text []byte) ([]byte, error) {
	var f struct {
		Prefixes []struct {
			V4 string `json:"ipv4Prefix"`
			V6 string `json:"ipv6Prefix"`
		} `json:"prefixes"`
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	if len(f.Prefixes) == 0 {
		return nil, fmt.Errorf("it has no prefixes")
	}
	var b bytes.Buffer
	for _, p := range f.Prefixes {
		fmt.Fprintln(&b, p.V4+p.V6)
	}
	return b.Bytes(), nil
}

// networks checks a file of networks; empty is none.
func (d *decoder) networks(key, path string) {
	if path == "" || d.bad[key] {
		return
	}
	if _, err := LoadNetworks(path); err != nil {
		d.fault(key, strconv.Quote(path), "cannot be used: "+errors.Unwrap(err).Error(), falochron.HintOf(err))
	}
}
