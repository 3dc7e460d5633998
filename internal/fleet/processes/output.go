package processes

import (
	"bufio"
	"io"
	"log/slog"
	"strings"
	"time"
)

// What of a copy's output is kept. A shop that prints a stack trace for every request in a
// wave would fill the disk with it (guesses: a trace fits into a burst).
const (
	maxLine    = 1000 // bytes of one line
	lineBurst  = 100  // lines at once
	linePerSec = 10   // lines a second over time
)

// tell hands lines to the log, within bounds, until the output ends. It reads on in any
// case: a copy that nobody reads would stand still.
func tell(out io.Reader, log *slog.Logger) {
	in := bufio.NewReaderSize(out, maxLine)
	tokens, last, dropped := float64(lineBurst), time.Now(), 0
	for {
		line, long, err := in.ReadLine()
		if err != nil {
			break
		}
		text := strings.ToValidUTF8(string(line), "�")
		for long && err == nil { // what is left of it
			_, long, err = in.ReadLine()
		}
		now := time.Now()
		tokens = min(tokens+now.Sub(last).Seconds()*linePerSec, lineBurst)
		last = now
		if tokens < 1 {
			dropped++
			continue
		}
		tokens--
		if dropped > 0 {
			log.Info("a local replica writes too much", "lines_left_out", dropped)
			dropped = 0
		}
		log.Info("a local replica says", "line", text)
	}
	if dropped > 0 {
		log.Info("a local replica writes too much", "lines_left_out", dropped)
	}
}
