package falochron

import (
	"testing"
	"time"
)

// Every step on the way to a shared page, each missing once.
func TestMayShare(t *testing.T) {
	now := time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)
	good := SharedKind{Name: "product", Forbidden: true, Checked: now.Add(-time.Hour), Passed: true, Confirmed: now.Add(-48 * time.Hour)}
	for _, q := range []struct {
		name   string
		change func(*SharedKind)
		why    string
	}{
		{"proven and allowed", func(*SharedKind) {}, ""},
		{"not forbidden, never looked at", func(k *SharedKind) { *k = SharedKind{Name: "product"} }, ""},
		{"not forbidden, something unknown differs", func(k *SharedKind) { k.Forbidden, k.Passed = false, false }, ""},
		{"not forbidden, made for one visitor", func(k *SharedKind) { k.Forbidden, k.Passed, k.Harm = false, false, true }, "twins-differ"},
		{"seen to be forbidden", func(k *SharedKind) { k.Seen, k.Confirmed = true, time.Time{} }, "owner-not-asked"},
		{"seen to be forbidden, and allowed", func(k *SharedKind) { k.Seen = true }, ""},
		{"an empty cart, forbidden, never looked at", func(k *SharedKind) { *k = SharedKind{Name: "fragments", Forbidden: true, Exempt: true} }, ""},
		{"an empty cart, made for one visitor", func(k *SharedKind) { *k = SharedKind{Forbidden: true, Exempt: true, Harm: true} }, "twins-differ"},
		{"made for one visitor", func(k *SharedKind) { k.Harm = true }, "twins-differ"},
		{"never looked at", func(k *SharedKind) { k.Checked = time.Time{} }, "twins-never-checked"},
		{"differs", func(k *SharedKind) { k.Passed = false }, "twins-differ"},
		{"a day ago", func(k *SharedKind) { k.Checked = now.Add(-SharingProofLife) }, ""},
		{"longer ago", func(k *SharedKind) { k.Checked = now.Add(-SharingProofLife - time.Second) }, "twins-too-old"},
		{"in the future", func(k *SharedKind) { k.Checked = now.Add(2 * time.Hour) }, "twins-too-old"},
		{"not allowed", func(k *SharedKind) { k.Confirmed = time.Time{} }, "owner-not-asked"},
		{"nobody's software, proven", func(k *SharedKind) { *k = unproven(now) }, ""},
		{"nobody's software, partly forbidden", func(k *SharedKind) { *k = unproven(now); k.Forbidden, k.Seen = true, true }, ""},
		{"nobody's software, never looked at", func(k *SharedKind) { *k = unproven(now); k.Checked = time.Time{} }, "twins-never-checked"},
		{"nobody's software, not proven", func(k *SharedKind) { *k = unproven(now); k.Passed = false }, "twins-differ"},
		{"nobody's software, long ago", func(k *SharedKind) { *k = unproven(now.Add(-SharingProofLife)) }, "twins-too-old"},
		{"nobody's software, made for one visitor", func(k *SharedKind) { *k = unproven(now); k.Harm = true }, "twins-differ"},
	} {
		k := good
		q.change(&k)
		if may, why := k.MayShare(now); may != (q.why == "") || why != q.why {
			t.Errorf("%s: %v %q", q.name, may, why)
		}
	}
}

func unproven(now time.Time) SharedKind {
	return SharedKind{Name: "page", Unproven: true, Checked: now.Add(-time.Hour), Passed: true}
}
