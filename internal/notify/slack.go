package notify

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// slackTarget is a webhook of a channel, or a channel that an app may write to.
type slackTarget struct {
	channel string // empty for a webhook
	token   secret // xoxb-…, or T…/B…/…
}

var (
	isSlackHook    = regexp.MustCompile(`^T[A-Z0-9]{2,20}[-,]B[A-Z0-9]{2,20}[-,][A-Za-z0-9]{16,64}$`)
	isSlackToken   = regexp.MustCompile(`^[0-9A-Za-z-]{16,200}$`)
	isSlackChannel = regexp.MustCompile(`^[CDGU][A-Z0-9]{2,20}$`)
)

const (
	formSlackHook = "slack://hook:T…-B…-…@webhook, or the webhook's https address as Slack shows it"
	formSlackBot  = "slack://xoxb:…@C0123ABCD with the app's token and the channel's id"
)

// slack reads slack://hook:T…-B…-…@webhook and slack://xoxb:…@CHANNEL.
func (r *reading) slack() Address {
	to := &slackTarget{}
	kind, token := r.user()
	host := r.url.Host
	switch kind {
	case "hook":
		if !isSlackHook.MatchString(token) {
			r.faults.add("token", "is not one of a webhook", formSlackHook)
		}
		if host != "webhook" {
			r.faults.add("host", "must be webhook: a webhook belongs to one channel", formSlackHook)
		}
		to.token = keep(strings.NewReplacer("-", "/", ",", "/").Replace(token))
	case "xoxb":
		if !isSlackToken.MatchString(token) {
			r.faults.add("token", "is not one of an app", formSlackBot)
		}
		if !isSlackChannel.MatchString(host) {
			r.faults.add("host", "is no id of a channel or person", formSlackBot)
		}
		to.channel, to.token = host, keep("xoxb-"+token)
	default:
		r.faults.add("token", "is missing, or of a kind that is not known", formSlackHook+"; "+formSlackBot)
	}
	r.bare()
	r.end(map[string]string{
		"botname": "the webhook or app has a name of its own", "username": "the webhook or app has a name of its own", "title": "each message has its own",
		"color": "urgent messages say so", "icon": "the webhook or app has an icon of its own", "channel": "a webhook belongs to one channel",
	})
	a := Address{channel: Slack, where: "Slack webhook", to: to}
	if to.channel != "" {
		a.where = "Slack channel " + to.channel
	}
	return a
}

func (t *slackTarget) endpoint(s Services) string {
	if t.channel == "" {
		return s.SlackHooks
	}
	return s.SlackAPI
}

// Bounds of Slack's blocks, in characters: "Block Kit reference", section, header
// and button; 25 elements of an actions block.
const (
	slackSection = 3000
	slackLabel   = 75
)

type (
	slackText struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		Verbatim bool   `json:"verbatim,omitempty"`
	}
	slackButton struct {
		Type string    `json:"type"`
		Text slackText `json:"text"`
		URL  string    `json:"url"`
	}
	slackBlock struct {
		Type     string        `json:"type"`
		Text     *slackText    `json:"text,omitempty"`
		Elements []slackButton `json:"elements,omitempty"`
	}
	slackMessage struct {
		Channel string       `json:"channel,omitempty"`
		Text    string       `json:"text"` // what a phone's notification shows
		Blocks  []slackBlock `json:"blocks"`
		Unfurl  bool         `json:"unfurl_links"` // a preview would open the link
		Media   bool         `json:"unfurl_media"`
	}
)

// escapeSlack: Slack gives &, < and > a meaning of their own and asks for entities
// ("Formatting text for app surfaces", Escaping text). That takes mentions away too:
// they are written <@U…> and <!channel>.
func escapeSlack(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	}
	return string(r)
}

// mrkdwn is a text object; verbatim keeps Slack from finding names and links in it.
func mrkdwn(text string) *slackText { return &slackText{Type: "mrkdwn", Text: text, Verbatim: true} }

func (t *slackTarget) message(m *Message) *slackMessage {
	left := space(slackSection - 2)
	title := left.take(m.title(), escapeSlack)
	s := &slackMessage{Channel: t.channel, Text: title, Blocks: []slackBlock{{Type: "section", Text: mrkdwn("*" + title + "*")}}}
	for _, text := range []string{m.line(), manyLines(m.Text)} {
		if left := space(slackSection); text != "" {
			s.Blocks = append(s.Blocks, slackBlock{Type: "section", Text: mrkdwn(left.take(text, escapeSlack))})
		}
	}
	var buttons []slackButton
	for _, l := range m.Links {
		buttons = append(buttons, slackButton{Type: "button", URL: l.URL, Text: slackText{Type: "plain_text", Text: cut(m.label(l), slackLabel)}})
	}
	if buttons != nil {
		s.Blocks = append(s.Blocks, slackBlock{Type: "actions", Elements: buttons})
	}
	return s
}

func (t *slackTarget) send(ctx context.Context, s *Sender, m *Message) (string, *Failure) {
	if t.channel == "" {
		return t.hook(ctx, s, t.message(m))
	}
	fields := http.Header{"Authorization": {"Bearer " + t.token.text()}}
	a, failed := s.postJSON(ctx, s.services.SlackAPI+"/api/chat.postMessage", t.message(m), fields)
	if failed != nil {
		return "", failed
	}
	var reply struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
		TS    string `json:"ts"`
	}
	a.read(&reply)
	if a.ok() && reply.OK {
		return oneLine(cut(reply.TS, 40)), nil
	}
	if a.ok() { // errors come with status 200 ("chat.postMessage", Errors)
		a.body = []byte(reply.Error)
		if reply.Error == "" {
			return "", fails(Broken, false, "the answer is not Slack's", hintAgain)
		}
	}
	return "", slackFailure(a)
}

func (t *slackTarget) hook(ctx context.Context, s *Sender, m *slackMessage) (string, *Failure) {
	a, failed := s.postJSON(ctx, s.services.SlackHooks+"/services/"+t.token.text(), m, nil)
	switch {
	case failed != nil:
		return "", failed
	case a.ok() && a.word() == "ok":
		return "", nil
	case a.ok():
		return "", fails(Broken, false, "the answer is not Slack's", hintAgain)
	}
	return "", slackFailure(a)
}

// slackSays are the words by which Slack says what is wrong ("Sending messages using
// incoming webhooks", Handling errors; "chat.postMessage", Errors).
var slackSays = map[string]Failure{
	"invalid_token": {Reason: Denied, Final: true}, "invalid_auth": {Reason: Denied, Final: true}, "not_authed": {Reason: Denied, Final: true},
	"account_inactive": {Reason: Denied, Final: true}, "token_revoked": {Reason: Denied, Final: true}, "token_expired": {Reason: Denied, Final: true},
	"missing_scope": {Reason: Denied, Final: true}, "no_permission": {Reason: Denied, Final: true}, "team_disabled": {Reason: Denied, Final: true},
	"action_prohibited": {Reason: Gone, Final: true}, "no_service": {Reason: Gone, Final: true}, "no_active_hooks": {Reason: Gone, Final: true},
	"no_team": {Reason: Gone, Final: true}, "channel_not_found": {Reason: Gone, Final: true}, "channel_is_archived": {Reason: Gone, Final: true},
	"is_archived": {Reason: Gone, Final: true}, "not_in_channel": {Reason: Gone, Final: true}, "user_not_found": {Reason: Gone, Final: true},
	"posting_to_general_channel_denied": {Reason: Gone, Final: true}, "restricted_action": {Reason: Gone, Final: true},
	"ratelimited": {Reason: Busy}, "rate_limited": {Reason: Busy}, "rollup_error": {Reason: Broken}, "fatal_error": {Reason: Broken},
	"internal_error": {Reason: Broken}, "service_unavailable": {Reason: Broken}, "request_timeout": {Reason: Broken},
}

var slackHints = map[Reason]string{
	Denied: hintToken, Gone: "is the webhook or the channel still there, and may the app write to it?", Busy: hintAgain, Broken: hintAgain,
	Refused: "please report it with the line above",
}

func slackFailure(a *answer) *Failure {
	by := byStatus(a, time.Now())
	word := a.word()
	if known, ok := slackSays[word]; ok {
		f := fails(known.Reason, known.Final, "Slack does not take it", slackHints[known.Reason])
		f.Status, f.After = a.status, by.After
		by = f
	} else if word != "" && a.ok() {
		by = fails(Refused, true, "Slack does not take it", slackHints[Refused])
		by.Status = a.status
	}
	if word != "" {
		by.err.Public += " (" + word + ")"
	}
	return by
}
