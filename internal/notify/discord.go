package notify

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// discordTarget is a webhook of a channel, or of a thread in it.
type discordTarget struct {
	id, thread string
	token      secret
}

var isDiscordToken = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)

const formDiscord = "discord://TOKEN@WEBHOOK-ID, or the webhook's https address as Discord shows it"

// discord reads discord://TOKEN@WEBHOOK-ID?thread_id=N.
func (r *reading) discord() Address {
	token, password := r.user()
	to := &discordTarget{id: r.url.Host, thread: r.take("thread_id"), token: keep(token)}
	if !isDiscordToken.MatchString(token) || password != "" {
		r.faults.add("token", "is missing, or not one of a webhook", formDiscord)
	}
	if !isDigits.MatchString(to.id) {
		r.faults.add("webhook id", "must be digits", formDiscord)
	}
	if to.thread != "" && !isDigits.MatchString(to.thread) {
		r.faults.add("thread_id", "must be digits", "in Discord: Copy Thread ID")
	}
	r.bare()
	r.end(map[string]string{
		"username": "the webhook has a name of its own", "avatar": "the webhook has a picture of its own", "avatarurl": "the webhook has a picture of its own",
		"color": "urgent messages say so", "title": "each message has its own", "splitlines": "a message stays one", "splitLines": "a message stays one",
	})
	return Address{channel: Discord, where: "Discord webhook " + to.id, to: to}
}

func (t *discordTarget) endpoint(s Services) string { return s.Discord }

// Bounds of Discord, in characters: "Execute Webhook", content; "Component Reference",
// Action Row (five buttons in a row) and Button.
const (
	discordContent = 2000
	discordLabel   = 80
	discordRow     = 5
)

type (
	discordComponent struct {
		Type       int                `json:"type"` // 1 row, 2 button
		Style      int                `json:"style,omitempty"`
		Label      string             `json:"label,omitempty"`
		URL        string             `json:"url,omitempty"`
		Components []discordComponent `json:"components,omitempty"`
	}
	discordMessage struct {
		Content         string              `json:"content"`
		AllowedMentions map[string][]string `json:"allowed_mentions"`
		Flags           int                 `json:"flags"`
		Components      []discordComponent  `json:"components,omitempty"`
	}
)

// discordFlags: SUPPRESS_EMBEDS ("Message Object", Message Flags): a preview would open
// links.
const discordFlags = 1 << 2

// escapeDiscord puts a backslash before what Discord's Markdown gives a meaning
// ("Markdown Text 101"). Mentions are turned off for the message as a whole.
func escapeDiscord(r rune) string {
	if strings.ContainsRune("\\`*_~|<>#[]()-+:@", r) {
		return "\\" + string(r)
	}
	return string(r)
}

func (t *discordTarget) message(m *Message) *discordMessage {
	left := space(discordContent - len("****\n\n\n"))
	d := &discordMessage{Flags: discordFlags, AllowedMentions: map[string][]string{"parse": {}}}
	d.Content = "**" + left.take(m.title(), escapeDiscord) + "**"
	if line := m.line(); line != "" {
		d.Content += "\n" + left.take(line, escapeDiscord)
	}
	if text := manyLines(m.Text); text != "" {
		d.Content += "\n\n" + left.take(text, escapeDiscord)
	}
	d.Content = strings.TrimRight(d.Content, "\n")
	for i, l := range m.Links {
		if i%discordRow == 0 {
			d.Components = append(d.Components, discordComponent{Type: 1})
		}
		row := &d.Components[len(d.Components)-1]
		row.Components = append(row.Components, discordComponent{Type: 2, Style: 5, Label: cut(m.label(l), discordLabel), URL: l.URL})
	}
	return d
}

func (t *discordTarget) send(ctx context.Context, s *Sender, m *Message) (string, *Failure) {
	// wait: the answer says what became of it. with_components: without it a webhook's
	// buttons are dropped silently ("Execute Webhook", Query String Params).
	to := s.services.Discord + "/api/webhooks/" + t.id + "/" + t.token.text() + "?wait=true&with_components=true"
	if t.thread != "" {
		to += "&thread_id=" + t.thread
	}
	a, failed := s.postJSON(ctx, to, t.message(m), nil)
	if failed != nil {
		return "", failed
	}
	var reply struct {
		ID         string  `json:"id"`
		Code       int     `json:"code"`
		Message    string  `json:"message"`
		RetryAfter float64 `json:"retry_after"`
	}
	a.read(&reply)
	if a.ok() {
		if !isDigits.MatchString(reply.ID) {
			return "", fails(Broken, false, "the answer is not Discord's", hintAgain)
		}
		return reply.ID, nil
	}
	f := byStatus(a, time.Now())
	if reply.Code != 0 {
		f.err.Public += fmt.Sprintf(" (%d: %s)", reply.Code, shown(reply.Message, t.token))
	}
	switch {
	case a.status == http.StatusTooManyRequests: // "Rate Limits": the body is finer than the field
		f.waits(max(seconds(reply.RetryAfter), f.After))
	case a.status == http.StatusNotFound: // 10015 Unknown Webhook
		f.err.Hint = "the webhook or the thread is deleted: make a new one in the channel's settings and give its address"
	}
	return "", f
}
