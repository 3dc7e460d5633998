package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// forecastSeed makes the same campaign give the same figures each time.
const forecastSeed = 1

// forecastOptions are the flags of forecast.
type forecastOptions struct {
	file, history, lang, svg string
	shop                     string // of the plan
	at                       storeFlags
	json, plain              bool
}

// campaignFlags are the flags that stand for a campaign with one post: name, the
// key it is in the file, its help, and whether it is only said or not.
var campaignFlags = []struct {
	name, key, help string
	yes             bool
}{
	{"channel", "posts[0].channel", "`name` of where it is posted: instagram-story, tiktok, live and others", false},
	{"at", "posts[0].at", "`time` it goes out: 20:00 (the next one), or with a date and a zone; default now", false},
	{"slip", "posts[0].slip", "by what `duration` it may be earlier or later", false},
	{"reach", "posts[0].reach", "how many `people` will see it: viewers, plays, people in the live or on the list", false},
	{"followers", "posts[0].followers", "how many `people` follow the account, where it is known how many of them look", false},
	{"proof", "posts[0].proof", "the numbers were shown, not told", true},
	{"account", "posts[0].account", "`name` of whose post it is, as in the history", false},
	{"link", "posts[0].link", "`kind` of the way to the shop: direct, bio or spoken", false},
	{"click", "posts[0].click", "`share` of those who see it that comes: 5%", false},
	{"buy", "posts[0].buy", "`share` of those who come that wants to buy: 10%", false},
	{"limited", "posts[0].limited", "there is not enough for all, and people know it", true},
	{"coupon", "posts[0].coupon", "`code` in the link", false},
	{"price", "posts[0].price", "`amount` that one order is worth", false},
	{"stock", "stock", "how many `articles` there are", false},
	{"boost-share", "posts[0].boost.share", "`share` of its people that a second wave brings once more: 30%", false},
	{"boost-after", "posts[0].boost.after", "`duration` until the second wave begins", false},
	{"uninvited", "uninvited", "`share` of all visitors: bots, previews, people who come by themselves", false},
	{"capacity", "capacity.orders_per_minute", "how many `orders` a minute the shop finishes", false},
	{"replicas", "capacity.replicas", "the `number` of replicas that do", false},
	{"worker-time", "capacity.worker_time", "`duration` for which one order keeps a worker busy", false},
	{"patience", "patience", "`duration` of a line from which on more workers are asked for", false},
}

func newForecastCommand() *cobra.Command {
	var o forecastOptions
	cmd := &cobra.Command{
		Use:   "forecast [FILE]",
		Short: "Say how many people a post will bring, when, and how long a line that makes",
		Long: `Reads a campaign from a file, or one post from flags, and says how many people will
come, when, how many orders that makes, how long an honest line before the shop, and
how many workers would be needed for how long. It asks nobody and starts nothing.

Every figure has an interval: four of five such campaigns lie in it. It is wide
until --history gives the shop's own past posts to learn from, or --shop those that
stand in the plan, with what they brought.

campaign.example.yaml and history.example.yaml show both files with every key;
docs/forecast.md says where each figure comes from.`,
		Example: `  falochron forecast --channel instagram-story --reach 300000 --at 20:00 --price 59 --capacity 120
  falochron forecast campaign.yaml --history past.yaml --lang pl --svg campaign.svg`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && o.file == "" {
				o.file = args[0]
				args = nil
			}
			return wants()(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), cmd.OutOrStdout(), cmd.Flags(), time.Now())
		},
	}
	f := cmd.Flags()
	for _, c := range campaignFlags {
		if c.yes {
			f.Bool(c.name, false, c.help)
		} else {
			f.String(c.name, "", c.help)
		}
	}
	f.StringVar(&o.file, "config", "", "the campaign's `file`, the same as FILE")
	f.StringVar(&o.history, "history", "", "`file` of the shop's own past posts")
	f.StringVar(&o.shop, "shop", "", "`id` of a shop of the plan, whose past posts are learnt from")
	o.at.on(f)
	f.StringVar(&o.lang, "lang", "", "`language`, pl or en; default from LANG")
	f.StringVar(&o.svg, "svg", "", "write the curve as a picture into this `file`")
	f.BoolVar(&o.json, "json", false, "print figures for programs")
	f.BoolVar(&o.plain, "plain", false, "draw with plain characters")
	cmd.AddCommand(newForecastNowCommand(), newForecastFitCommand())
	return cmd
}

func (o *forecastOptions) run(ctx context.Context, out io.Writer, flags *pflag.FlagSet, now time.Time) error {
	language, err := o.language()
	if err != nil {
		return err
	}
	c, err := o.campaign(flags, now)
	if err != nil {
		return err
	}
	h := &config.History{}
	if o.history != "" {
		if h, err = config.LoadHistory(o.history); err != nil {
			return err
		}
	}
	announced := c.Plain(h)
	if o.shop != "" {
		past, err := o.past(ctx, now)
		if err != nil {
			return err
		}
		announced.Past = append(announced.Past, past...)
	}
	a := forecast.Imagine(announced, forecastSeed, 0).Answer()
	if o.svg != "" {
		if err := os.WriteFile(o.svg, forecastPicture(a, language), 0o644); err != nil {
			return &falochron.Error{Kind: falochron.Unavailable, Op: "write the picture", Err: err, Hint: "can the folder of --svg be written to?"}
		}
	}
	if o.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(forecastJSON(a, language))
	}
	_, err = io.WriteString(out, forecastPage(a, language, o.plain || !unicodeTerminal()))
	return err
}

// past are the shop's posts that are over, from the plan.
func (o *forecastOptions) past(ctx context.Context, now time.Time) ([]forecast.Past, error) {
	c, err := control.OpenCampaigns(ctx, control.CampaignsConfig{Open: func(ctx context.Context) (*store.Store, error) { return o.at.open(ctx, true) }})
	if err != nil {
		return nil, given(err)
	}
	var all []plan.PastPost
	c.Read(func(b *plan.Book) { all, err = b.Past(now, plan.Actor{Role: plan.Operator}, plan.ID(o.shop)) })
	if refused, no := errors.AsType[*plan.Refusal](err); no {
		err = &falochron.Error{Kind: refused.Kind, Op: "read the past", Public: refused.Error(), Hint: "falochron campaign shop list shows what there is"}
	}
	return pastToForecast(all), errors.Join(err, c.Close())
}

// campaign is what the file says, or the flags.
func (o *forecastOptions) campaign(flags *pflag.FlagSet, now time.Time) (*config.Campaign, error) {
	said, named := map[string]string{}, map[string]string{}
	for _, c := range campaignFlags {
		named[c.key] = "--" + c.name
		if f := flags.Lookup(c.name); f.Changed {
			if o.file != "" {
				return nil, usage("--"+c.name+" and a file together", "write "+c.key+" into the file")
			}
			said[c.key] = f.Value.String()
		}
	}
	if o.file != "" {
		return config.LoadCampaign(o.file)
	}
	if len(said) == 0 {
		return nil, usage("no campaign given", "falochron forecast FILE, or --channel instagram-story --reach 300000 --at 20:00")
	}
	said["posts[0].at"] = moment(said["posts[0].at"], now)
	return config.CampaignFromFlags(said, named)
}

// moment is a time as people type it: nothing is now, 20:00 the next one there is.
// What it does not know it hands on, to be refused with the rest.
func moment(s string, now time.Time) string {
	if s == "" {
		return now.Format(time.RFC3339)
	}
	if t, err := time.Parse("15:04", s); err == nil {
		at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
		if at.Before(now) { // by the calendar: a day may have 23 or 25 hours
			at = time.Date(now.Year(), now.Month(), now.Day()+1, t.Hour(), t.Minute(), 0, 0, now.Location())
		}
		return at.Format(time.RFC3339)
	}
	if at, err := time.ParseInLocation("2006-01-02 15:04", s, now.Location()); err == nil {
		return at.Format(time.RFC3339)
	}
	return s
}

// locale is what the environment says of the language, first come as POSIX has it.
func locale() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if s := os.Getenv(name); s != "" {
			return s
		}
	}
	return ""
}

func (o *forecastOptions) language() (forecast.Language, error) {
	switch o.lang {
	case "pl":
		return forecast.Polish, nil
	case "en":
		return forecast.English, nil
	case "":
		if strings.HasPrefix(locale(), "pl") {
			return forecast.Polish, nil
		}
		return forecast.English, nil
	}
	return forecast.English, usage(fmt.Sprintf("--lang %q is not known", o.lang), "pl or en")
}

// unicodeTerminal reports whether nothing says that the reader cannot see block
// characters.
func unicodeTerminal() bool {
	charset := os.Getenv("LC_ALL")
	if charset == "" {
		charset = os.Getenv("LC_CTYPE")
	}
	if charset == "" {
		charset = os.Getenv("LANG")
	}
	utf := strings.Contains(strings.ToLower(strings.ReplaceAll(charset, "-", "")), "utf8")
	return os.Getenv("TERM") != "dumb" && (charset == "" || utf)
}
