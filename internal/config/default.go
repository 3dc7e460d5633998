package config

import (
	"time"

	"github.com/falochron/falochron"
)

// Default is the one place of all defaults. Its single shop lacks only an
// origin; every shop of a file starts as a copy of it.
func Default() *Config {
	return &Config{
		Listen: ":8000",
		Admin:  Admin{Listen: "127.0.0.1:9090"},
		Data:   "./falochron-data",
		Notify: Notify{Gather: 10 * time.Minute, Timeout: 20 * time.Second},
		Limits: Limits{
			HeaderBytes: 32 * KiB,
			ReadHeader:  10 * time.Second,
			BodyIdle:    60 * time.Second,
			Idle:        75 * time.Second,
			Drain:       30 * time.Second,
		},
		Robots: Robots{DNS: true},
		Log:    Log{Format: "text", Level: "info"},
		Shops: []Shop{{
			Name:     "shop",
			Platform: Auto,
			Sticky:   Auto,
			Mode:     falochron.ModeAuto,
			Status:   503, ScriptStatus: 503,
			Health: Health{Retry: 1 * time.Second, RetryMax: 30 * time.Second},
			Timeouts: Timeouts{
				Dial:           2 * time.Second,
				TLS:            5 * time.Second,
				ResponseHeader: 60 * time.Second,
				BodyIdle:       5 * time.Minute,
				Idle:           4 * time.Second,
			},
			Room: Room{
				ClaimWindow:    15 * time.Minute,
				InsideIdle:     15 * time.Minute,
				WaitingLife:    24 * time.Hour,
				PollBudget:     400,
				MaxOutstanding: 4_000_000,
			},
			Admission: Admission{
				QueueDeadline: QueueDeadline{
					Callback: 20 * time.Second,
					Checkout: 9 * time.Second,
					Cart:     9 * time.Second,
					Inside:   9 * time.Second,
					New:      9 * time.Second,
				},
				Queue:           1024,
				VisitorParallel: 4,
				CallbackQueue:   64,
			},
			Cache:      Cache{Memory: 128 * MiB, MaxObject: 4 * MiB, WhileStale: time.Minute, IfError: 72 * time.Hour},
			Page:       Page{Language: "pl"},
			Stock:      Stock{Interval: 5 * time.Second},
			Database:   Database{Interval: 5 * time.Second},
			Fleet:      defaultFleet(),
			GateScript: true,
		}},
	}
}
