package console

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The control API writes these names; control's own test reads them, too.
func TestSharingStoriesUseTheNamesOfTheAPI(t *testing.T) {
	body, err := json.Marshal(askingShop())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`{"platform":"opencart","title":"OpenCart","evidence":"read","set":false,"signs":[`,
		`"kinds":[{"name":"home","forbidden":true,"checked":"`, `"shared":true,"asks":false}`, `"shared":false,"reason":"owner-not-asked","asks":true}`,
		`"where":"cart in div#header-cart","harmless":true,"a":"0 items - 0,00 zł","b":"1 item - 39,00 zł","with_cart":true}`,
	} {
		if !strings.Contains(string(body), text) {
			t.Errorf("%s is not in %s", text, body)
		}
	}
}

// Every state that a kind can be in is in some story, and has its words.
func TestSharingStoriesShowEveryState(t *testing.T) {
	states := map[string]bool{}
	for _, s := range stories() {
		if s.Sharing == nil {
			continue
		}
		for _, k := range s.Sharing.Kinds {
			state := k.Reason
			if k.Shared {
				state = "open"
				switch {
				case k.Unproven:
					state = "alike"
				case k.Forbidden && k.Exempt:
					state = "exempt"
				case k.Forbidden:
					state = "allowed"
				}
			} else if k.Seen {
				states["seen"] = true
			}
			if s.Sharing.Asked != (time.Time{}) {
				states["asked"] = true
			}
			states[state] = true
		}
	}
	words := loadWords()
	for _, state := range []string{"open", "allowed", "exempt", "alike", "seen", "asked", "owner-not-asked", "twins-never-checked", "twins-differ", "twins-too-old"} {
		if !states[state] {
			t.Errorf("no story shows %s", state)
		}
		for lang, w := range words {
			if w["sharing."+state] == "" {
				t.Errorf("%s has no words for %s", lang, state)
			}
		}
	}
}

// Keys that the script puts together, beside those of the states.
func TestSharingKeysThatAreMade(t *testing.T) {
	body, err := files.ReadFile("assets/sharing.js")
	if err != nil {
		t.Fatal(err)
	}
	page, err := files.ReadFile("pages/live.html")
	if err != nil {
		t.Fatal(err)
	}
	source := string(body) + string(page)
	en := loadWords()["en"]
	made := map[string]bool{"proven": true, "read": true, "confirm": true, "withdraw": true, "allowed": true, "open": true}
	for key := range en {
		name, ok := strings.CutPrefix(key, "sharing.")
		if !ok || made[name] || regexp.MustCompile(`^(twins|owner)-`).MatchString(name) {
			continue
		}
		if !strings.Contains(source, `"`+key+`"`) {
			t.Errorf("nobody asks for %q", key)
		}
	}
	for _, key := range []string{"sharing.proven", "sharing.read", "sharing.confirm", "sharing.withdraw", "sure.confirm", "sure.withdraw", "sure.confirm.all", "sure.withdraw.all", "sure.look"} {
		if en[key] == "" {
			t.Errorf("no words for %s", key)
		}
	}
}
