package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/toyshop"
)

// newToyshopCommand is `falochron toyshop`: a small shop that collapses as real
// ones do, to try Falochron on.
func newToyshopCommand() *cobra.Command {
	var (
		cfg               toyshop.Config
		listen, backstage string
		boot              time.Duration
	)
	cmd := &cobra.Command{
		Use:   "toyshop",
		Short: "Run a small shop that breaks under load as real ones do",
		Long: `Run a small shop with a real database behind a fixed number of workers, as PHP
shops have them: catalogue, cart, checkout, payment. It breaks under load as real
ones do. For demos and tests; the backstage address serves its statistics.

Several on one data folder are replicas of one shop, each with workers of its own.

With --as it imitates a real shop software as its visitors meet it: addresses,
cookies, header fields, form tokens, carts in pages, and what breaks in it when a
page made for one visitor is shown to another. It can be one of
` + wrapped(toyshop.Guises()) + `.`,
		Example: `  falochron toyshop --listen 127.0.0.1:8080 --data ./toyshop-data
  falochron toyshop --as woocommerce
  falochron toyshop --listen 127.0.0.1:8101 --data ./toyshop-data --boot 10s --cold 5s   # one more replica`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			cfg.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			if cmd.Flags().Changed("backlog") && cfg.Backlog == 0 {
				cfg.Backlog = -1 // written out, 0 means none
			}
			if cmd.Flags().Changed("stock") && cfg.Stock == 0 {
				cfg.Stock = -1
			}
			if boot < 0 || boot > time.Hour {
				return usage("a shop boots in 0 to 1 h", "leave out --boot")
			}
			select { // the address is free meanwhile, as that of a container whose program does not listen yet
			case <-time.After(boot):
			case <-ctx.Done():
				return nil
			}
			return runToyshop(ctx, cmd, cfg, listen, backstage)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:8080", "address of the shop")
	f.StringVar(&backstage, "backstage", "127.0.0.1:0", "loopback address for measuring: /stats, /pace, /stock")
	f.StringVar(&cfg.PublicURL, "public-url", "", "where the payment provider finds the shop (default: the shop's own address), and what imitations of OpenCart, PrestaShop, WooCommerce and Zen Cart know themselves by")
	f.StringVar(&cfg.Data, "data", "toyshop-data", "folder of the shop's database; an empty one becomes a fresh shop")
	f.IntVar(&cfg.Workers, "workers", toyshop.DefaultWorkers, "requests worked at once")
	f.IntVar(&cfg.Backlog, "backlog", toyshop.DefaultBacklog, "requests that may wait for a worker; the next gets 502")
	f.Uint64Var(&cfg.Seed, "seed", 1, "seed of service times")
	f.Float64Var(&cfg.Pace, "pace", toyshop.DefaultPace, "multiplies every service time; 3 is three times slower")
	f.IntVar(&cfg.Stock, "stock", toyshop.DefaultStock, "pieces of each article in a fresh shop")
	f.BoolVar(&cfg.RaceStock, "race-stock", false, "plant a bug: stock is checked and written without a transaction")
	f.DurationVar(&boot, "boot", 0, "how long it takes from its start until it listens")
	f.DurationVar(&cfg.Cold, "cold", 0, "how long it is a fifth as fast after that")
	f.StringVar(&cfg.As, "as", "", "shop software to imitate, one of those named above (default: none)")
	f.BoolVar(&cfg.MixCarts, "mix-carts", false, "plant a bug: a page cache shows visitors each other's pages")
	f.BoolVar(&cfg.Gullible, "gullible", false, "believe unkeyed header fields and read paths carelessly, for tests of cache poisoning")
	f.IntVar(&cfg.Hops, "trust-proxy-hops", 0, "proxies before the shop whose X-Forwarded-For is believed; only shops that limit addresses look at it")
	hide(f, "gullible", "trust-proxy-hops")
	return cmd
}

// wrapped writes a list in lines of at most 80 characters.
func wrapped(words []string) string {
	var lines strings.Builder
	length := 0
	for i, w := range words {
		if i < len(words)-1 {
			w += ","
		}
		switch {
		case length == 0:
		case length+1+len(w) > 80:
			lines.WriteByte('\n')
			length = 0
		default:
			lines.WriteByte(' ')
			length++
		}
		lines.WriteString(w)
		length += len(w)
	}
	return lines.String()
}

// hide leaves flags out of the help: they are for tests.
func hide(f *pflag.FlagSet, names ...string) {
	for _, name := range names {
		f.Lookup(name).Hidden = true
	}
}

func runToyshop(ctx context.Context, cmd *cobra.Command, cfg toyshop.Config, listen, backstage string) error {
	shop, err := toyshop.New(cfg)
	if err != nil {
		return err
	}
	front, err := listenShop("listen", listen)
	if err != nil {
		_ = shop.Close()
		return err
	}
	back, err := listenShop("backstage", backstage)
	if err == nil {
		if err = toyshop.CheckBackstage(back); err != nil {
			_ = back.Close()
		}
	}
	if err != nil {
		_ = front.Close()
		_ = shop.Close()
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "toyshop listening on http://%s backstage http://%s\n", front.Addr(), back.Addr())
	return shop.Run(ctx, front, back)
}

func listenShop(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, &falochron.Error{
			Kind: falochron.Unavailable, Op: "toy shop", Public: "cannot listen on " + address,
			Hint: "free the port or choose another with --" + flag, Err: err,
		}
	}
	return l, nil
}
