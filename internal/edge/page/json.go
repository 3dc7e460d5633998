package page

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// Status is the answer to a waiting page's question.
type Status struct {
	Lang              string // of the words
	State             State
	Ahead             int
	WaitLow, WaitHigh time.Duration // both zero: not known yet
	Poll              time.Duration // when to ask again
	Page              string        // where to go once called
	Start             time.Time     // announced start, zero for none
	Spread            time.Duration // as in [View], for Prequeue
	Line              string        // as in [View]
}

// AppendStatus appends st as JSON. It is the answer asked for most in a wave, so
// it is written by hand. Besides the numbers it says them in words, since the
// script of the page knows no grammar; with them the page becomes that of the
// state it is told of, without being fetched again.
func (p *Pages) AppendStatus(b []byte, st Status) []byte {
	v := View{Poll: st.Poll}
	ahead := max(st.Ahead, 0)
	if st.State == Held { // as on the page
		st.WaitLow, st.WaitHigh = 0, 0
	}
	b = append(b, `{"state":"`...)
	b = append(b, st.State...)
	b = append(b, `","ahead":`...)
	b = strconv.AppendInt(b, int64(ahead), 10)
	b = append(b, `,"wait_low_s":`...)
	b = strconv.AppendInt(b, int64(st.WaitLow/time.Second), 10)
	b = append(b, `,"wait_high_s":`...)
	b = strconv.AppendInt(b, int64(st.WaitHigh/time.Second), 10)
	b = append(b, `,"poll_s":`...)
	b = append(b, v.pollText()...)
	b = append(b, `,"page":`...)
	b = appendString(b, anyWay(st.Page))
	b = append(b, `,"start":"`...)
	if !st.Start.IsZero() {
		b = st.Start.UTC().AppendFormat(b, time.RFC3339)
	}
	b = append(b, '"')
	if st.State == Prequeue {
		b = append(b, `,"spread_s":`...)
		b = strconv.AppendInt(b, int64(spreadSeconds(st.Spread)), 10)
	}
	if st.Line != "" {
		b = append(b, `,"line":`...)
		b = appendString(b, clip(st.Line, maxLine))
	}
	if st.State == Waiting || st.State == Held {
		l := p.language(st.Lang)
		say := l.say(ahead, st.WaitLow, st.WaitHigh)
		b = append(b, `,"say":{"number":`...)
		b = appendString(b, say.Number)
		b = append(b, `,"ahead":`...)
		b = appendString(b, say.Ahead)
		b = append(b, `,"wait":`...)
		b = appendString(b, say.Wait)
		b = append(b, `,"title":`...)
		b = appendString(b, say.Title)
		b = append(b, l.opening[st.State]...)
		b = append(b, '}')
	}
	return append(b, "}\n"...)
}

// AppendRefusal appends what a script gets instead of the shop's answer while
// its visitor stands in line.
func AppendRefusal(b []byte, state State, requestID string) []byte {
	b = append(b, `{"error":"waiting_room","state":"`...)
	b = append(b, state...)
	b = append(b, `","status":"/.falochron/status","request_id":`...)
	b = appendString(b, requestID)
	return append(b, "}\n"...)
}

// AppendError appends v as JSON: the kind, the status, the page's words.
func AppendError(b []byte, v ErrorView) []byte {
	v.settle()
	text := errorText["en"]
	if t := errorText[v.Lang]; t != nil {
		text = t
	}
	message := text.Kinds[v.Kind].Head
	if v.Posted && v.Kind.reached() {
		message = text.Unknown
	}
	b = append(b, `{"error":"`...)
	b = append(b, v.Kind...)
	b = append(b, `","code":`...)
	b = strconv.AppendInt(b, int64(v.Status), 10)
	b = append(b, `,"message":`...)
	b = appendString(b, message)
	if v.RetryAfter > 0 {
		b = append(b, `,"retry_after_s":`...)
		b = strconv.AppendInt(b, int64(seconds(v.RetryAfter)), 10)
	}
	b = append(b, `,"request_id":`...)
	b = appendString(b, v.RequestID)
	return append(b, "}\n"...)
}

// appendString appends s quoted. What needs no escape, which is nearly all, is copied.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' ||
			c >= utf8.RuneSelf && !utf8.ValidString(s) {
			q, _ := json.Marshal(s) // a string always marshals
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
