package twins

import (
	"context"

	"github.com/falochron/falochron/internal/preset"
)

// Recognise finds out as a stranger whose software a shop runs, and by which signs:
// by its front page, or else by what the interfaces that presets know answer, as the
// edge does. Of cfg the preset is not needed. Where the front page is none and no
// interface is known either, the error says why, as that of [Check].
func Recognise(ctx context.Context, cfg Config) (p *preset.Platform, signs []string, err error) {
	cfg.Preset = nil
	if err := cfg.complete(); err != nil {
		return nil, nil, err
	}
	t := &tour{cfg: cfg}
	home, none := t.front(ctx)
	if home == nil {
		return nil, nil, none
	}
	answers := []preset.Answer{home.seen()}
	p, signs = preset.Recognise(answers...)
	for _, path := range preset.Asks() {
		if p.Name != preset.GenericName {
			break
		}
		u, err := t.cfg.Shop.Parse(path)
		if err != nil {
			return nil, nil, err
		}
		a, err := t.get(ctx, stranger(), u)
		if err != nil {
			return nil, nil, err
		}
		p, signs = preset.Recognise(append(answers, a.seen())...)
	}
	if p.Name == preset.GenericName && none != nil {
		return nil, nil, none
	}
	return p, signs, nil
}

func (a *answer) seen() preset.Answer {
	return preset.Answer{Path: a.url.Path, Status: a.made.Status, Header: a.made.Header, Body: a.made.Body}
}
