package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/forecast"
	"github.com/spf13/cobra"
)

// nowOptions are the flags of forecast now.
type nowOptions struct {
	trace, figures, channel, lang string
	after                         []time.Duration
	people                        float64
}

func newForecastNowCommand() *cobra.Command {
	var o nowOptions
	cmd := &cobra.Command{
		Use:   "now --trace FILE",
		Short: "Say what would have been said of a past post while its first people came",
		Long: `Replays how people came after a post and says, some seconds after the first of them,
how many would still come and when; and then what did. When the post went out is not
looked at, and nothing that came later.

With --channel and --people it begins with what a forecast said of the post, as it does
for posts of the plan.`,
		Example: `  falochron forecast now --trace friday.trace
  falochron forecast now --trace friday.trace --figures nowcast.json --after 20s,90s
  falochron forecast now --trace friday.trace --channel instagram-story --people 9600`,
		Args: wants(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.trace, "trace", "", "`file` of the post")
	f.StringVar(&o.figures, "figures", "", "`file` of figures, as forecast fit writes them; default those of the program")
	f.DurationSliceVar(&o.after, "after", []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}, "`durations` after the first newcomer")
	f.StringVar(&o.channel, "channel", "", "`name` of where it was posted, if that was announced")
	f.Float64Var(&o.people, "people", 0, "how many `people` it was forecast to bring in all, if it was announced")
	f.StringVar(&o.lang, "lang", "", "`language`, pl or en; default from LANG")
	return cmd
}

func (o *nowOptions) run(out io.Writer) error {
	language, err := (&forecastOptions{lang: o.lang}).language()
	if err != nil {
		return err
	}
	if o.trace == "" {
		return usage("no trace given", "--trace FILE")
	}
	if (o.channel == "") != !(o.people > 0) {
		return usage("--channel and --people only together", "say both, or neither")
	}
	traces, err := readTraces([]string{o.trace})
	if err != nil {
		return err
	}
	figures := forecast.BuiltIn()
	if o.figures != "" {
		if figures, err = readFigures(o.figures); err != nil {
			return err
		}
	}
	maker := forecast.NewNowcaster(figures)
	t := &traces[0]
	var came float64
	var text strings.Builder
	for _, after := range o.after {
		if after < time.Second || after > time.Hour {
			return usage(fmt.Sprintf("--after %s cannot be", after), "from a second to an hour")
		}
		var seen forecast.Observed
		seen, came = replayed(t, after)
		if o.people > 0 {
			const seventh = 6.8 // what a forecast without a history gives: docs/forecast.md
			seen.Announced = &forecast.Announced{Channel: forecast.Channel(o.channel),
				People: forecast.Range{Low: o.people / seventh, Mid: o.people, High: o.people * seventh}}
		}
		n := maker.Nowcast(seen)
		head := words{"%s after the first person, when %s had come: ", "%s po pierwszej osobie, gdy przyszło ich %s: "}[language]
		text.WriteString(wrap(fmt.Sprintf(head, language.Span(after.Seconds()), language.Number(math.Round(n.Seen)))+n.Sentence(language, seen.Until), "", pageWidth))
	}
	text.WriteString(wrap(fmt.Sprintf(words{"%s came in 10 minutes.", "W 10 minut przyszło: %s."}[language], language.Number(came)), "", pageWidth))
	_, err = io.WriteString(out, strings.ReplaceAll(text.String(), "\u00a0", " ")) // lines are broken now
	return err
}
