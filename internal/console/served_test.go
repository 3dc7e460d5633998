package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The live page leads to the campaign room where there is one.
func TestTheLivePageLeadsToTheRoom(t *testing.T) {
	for _, there := range []bool{true, false} {
		w := httptest.NewRecorder()
		Handler(Config{Room: there}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := strings.Contains(w.Body.String(), `<a href="/plan/">Campaign room</a>`); got != there {
			t.Errorf("a room is there: %v, a link is there: %v", there, got)
		}
	}
}

// What the room's pages load is served without the pages of operators.
func TestTheRoomsAssetsStandAlone(t *testing.T) {
	h := NewPages(Config{}).Assets()
	for path, want := range map[string]int{
		"/assets/room.css": 200, "/assets/base.css": 200, "/assets/room.js": 200, "/assets/mark.svg": 200, "/assets/room.webmanifest?start=/plan/next": 200,
		"/assets/room.webmanifest?start=//evil.example": 400, "/assets/nothing.css": 404, "/": 404, "/login": 404, "/storybook": 404,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

// Whoever fills a view may say with which status it is answered.
func TestAPageHasTheStatusOfItsFrame(t *testing.T) {
	p := NewPages(Config{})
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		view View
		want int
	}{
		{&CalendarView{Frame: Frame{Now: now, Home: "/plan/calendar"}}, 200},
		{&CalendarView{Frame: Frame{Now: now, Home: "/plan/calendar", Status: 409, Failed: Text{EN: "It is taken."}}}, 409},
		{&AccessView{Frame: Frame{Now: now, Home: "/plan/"}, State: DoorClosed}, 200},
		{&AccessView{Frame: Frame{Now: now, Home: "/plan/"}, State: DoorUnknown}, 403},
		{&AccessView{Frame: Frame{Now: now, Home: "/plan/", Status: 410}, State: DoorRevoked}, 410},
	} {
		w := httptest.NewRecorder()
		p.Show(w, httptest.NewRequest(http.MethodGet, "/", nil), c.view)
		if w.Code != c.want || !strings.Contains(w.Body.String(), "</html>") {
			t.Errorf("%T: %d, want %d", c.view, w.Code, c.want)
		}
	}
}
