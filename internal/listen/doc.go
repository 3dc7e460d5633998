// Package listen reads what others announce: files of posts and sales evenings as
// spreadsheets and calendars write them, and signed calls of schedulers. It turns them
// into nouns of the plan; whether they may be done is for the plan to say.
package listen
