package main

import (
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/edge/page"
)

// pageConfig is how a shop's pages look. The configuration has been checked,
// so the time zone exists.
func pageConfig(s *config.Shop) (page.Config, error) {
	var zone *time.Location // nil: that of the plan, or the machine's
	if s.Page.TimeZone != "" {
		var err error
		if zone, err = time.LoadLocation(s.Page.TimeZone); err != nil {
			return page.Config{}, &falochron.Error{
				Kind: falochron.Invalid, Op: "load the time zone", Err: err,
				Hint: `write a name such as "Europe/Warsaw"; the system may lack its time zone files`,
			}
		}
	}
	return page.Config{
		ShopName: s.Page.Name, LogoURL: s.Page.Logo, Colour: string(s.Page.Colour), DefaultLang: s.Page.Language,
		SupportText: map[string]string{"pl": s.Page.Support.Polish, "en": s.Page.Support.English},
		Statuses:    page.Statuses{Page: s.Status, Script: s.ScriptStatus},
		Claim:       s.Room.ClaimWindow, Location: zone,
	}, nil
}
