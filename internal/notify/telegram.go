package notify

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// telegramTarget is a chat that a bot writes to.
type telegramTarget struct {
	chat  string
	token secret // BOT:TOKEN
}

var (
	isBot           = regexp.MustCompile(`^[0-9]{5,20}$`)
	isTelegramToken = regexp.MustCompile(`^[A-Za-z0-9_-]{20,100}$`)
	isChat          = regexp.MustCompile(`^(-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31})$`)
)

const formTelegram = "telegram://BOT:TOKEN@telegram?chats=CHAT"

// telegram reads telegram://BOT:TOKEN@telegram?chats=CHAT.
func (r *reading) telegram() Address {
	bot, token := r.user()
	to := &telegramTarget{chat: r.take("chats", "channels"), token: keep(bot + ":" + token)}
	if !isBot.MatchString(bot) || !isTelegramToken.MatchString(token) {
		r.faults.add("token", "is missing, or not one that BotFather gives", formTelegram)
	}
	if r.url.Host != "telegram" {
		r.faults.add("host", "must be telegram", formTelegram)
	}
	switch {
	case strings.Contains(to.chat, ","):
		r.faults.add("chats", "names several", "one person, one address: a further try must not reach those who have it already")
	case !isChat.MatchString(to.chat):
		r.faults.add("chats", "is missing, or no chat", "a number, as -1001234567890, or @name of a public channel")
	}
	r.bare()
	r.end(map[string]string{
		"parsemode": "texts are escaped here", "preview": "previews are off: they would open links", "notification": "quiet hours are set in the plan",
		"title": "each message has its own",
	})
	return Address{channel: Telegram, where: "Telegram chat " + to.chat, to: to}
}

func (t *telegramTarget) endpoint(s Services) string { return s.Telegram }

// Bounds of Telegram: "sendMessage", text, 4,096 characters after entities are parsed.
const telegramText = 4096

type (
	telegramButton struct {
		Text string `json:"text"`
		URL  string `json:"url"`
	}
	telegramKeyboard struct {
		Rows [][]telegramButton `json:"inline_keyboard"`
	}
	telegramMessage struct {
		Chat      string            `json:"chat_id"`
		Text      string            `json:"text"`
		ParseMode string            `json:"parse_mode"`
		Preview   map[string]bool   `json:"link_preview_options"`
		Keyboard  *telegramKeyboard `json:"reply_markup,omitempty"`
	}
)

// escapeTelegram: "Formatting options", HTML style: <, > and & must be replaced. A word
// joiner after @ keeps a stranger's text from calling members of a group by name.
func escapeTelegram(r rune) string {
	if r == '@' {
		return "@\u2060"
	}
	return escapeSlack(r)
}

func (t *telegramTarget) message(m *Message) *telegramMessage {
	left := space(telegramText - len("\n\n\n"))
	title := left.take(m.title(), escapeTelegram)
	text := "<b>" + title + "</b>" // tags are not counted
	if line := m.line(); line != "" {
		text += "\n" + left.take(line, escapeTelegram)
	}
	if more := manyLines(m.Text); more != "" {
		text += "\n\n" + left.take(more, escapeTelegram)
	}
	out := &telegramMessage{Chat: t.chat, ParseMode: "HTML", Preview: map[string]bool{"is_disabled": true}, Text: strings.TrimRight(text, "\n")}
	for _, l := range m.Links {
		if out.Keyboard == nil {
			out.Keyboard = &telegramKeyboard{}
		}
		out.Keyboard.Rows = append(out.Keyboard.Rows, []telegramButton{{Text: cut(m.label(l), telegramLabel), URL: l.URL}})
	}
	return out
}

// telegramLabel is what a phone shows of a button; Telegram names no bound.
const telegramLabel = 64

func (t *telegramTarget) send(ctx context.Context, s *Sender, m *Message) (string, *Failure) {
	// The colon of the token stays as it is: it is allowed in a path.
	a, failed := s.postJSON(ctx, s.services.Telegram+"/bot"+t.token.text()+"/sendMessage", t.message(m), nil)
	if failed != nil {
		return "", failed
	}
	var reply struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
		Result      struct {
			ID int64 `json:"message_id"`
		} `json:"result"`
		Parameters struct {
			RetryAfter int64 `json:"retry_after"`
			MovedTo    int64 `json:"migrate_to_chat_id"`
		} `json:"parameters"`
	}
	a.read(&reply)
	if a.ok() && reply.OK {
		return strconv.FormatInt(reply.Result.ID, 10), nil
	}
	if a.ok() {
		return "", fails(Broken, false, "the answer is not Telegram's", hintAgain)
	}
	f := byStatus(a, time.Now())
	says := strings.ToLower(reply.Description)
	switch {
	case a.status == http.StatusNotFound: // how a token that cannot be one is answered
		f.Reason, f.err.Kind, f.err.Hint = Denied, kinds[Denied], hintToken
		f.err.Public = "the token is none of a bot"
	case a.status == http.StatusForbidden: // blocked, or thrown out of the group
		f.Reason, f.err.Kind = Gone, kinds[Gone]
		f.err.Public = "the chat does not want this bot"
		f.err.Hint = "the person has blocked the bot or it was put out of the group; somebody has to let it in again"
	case reply.Parameters.MovedTo != 0:
		f.Reason, f.err.Kind = Gone, kinds[Gone]
		f.err.Hint = "the group has become a supergroup: give chats=" + strconv.FormatInt(reply.Parameters.MovedTo, 10)
	case a.status == http.StatusBadRequest && strings.Contains(says, "chat not found"):
		f.Reason, f.err.Kind = Gone, kinds[Gone]
		f.err.Hint = "the person must write to the bot first, or the bot must be a member; is the number right?"
	case a.status == http.StatusTooManyRequests: // "ResponseParameters"
		f.waits(max(seconds(float64(reply.Parameters.RetryAfter)), f.After))
	}
	if _, token, _ := strings.Cut(t.token.text(), ":"); reply.Description != "" {
		f.err.Public += " (" + shown(reply.Description, t.token, keep(token)) + ")"
	}
	return "", f
}
