package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/store"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// planFile is the plan within the data folder, where no other store is named.
const planFile = "plan.db"

// storeFlags say where a plan is.
type storeFlags struct{ data, address string }

func (f *storeFlags) on(fs *pflag.FlagSet) {
	fs.StringVar(&f.data, "data", config.Default().Data, "data folder; the plan is its "+planFile)
	fs.StringVar(&f.address, "store", "", "where the plan is, if not in the data folder: another SQLite file, or postgres://USER@HOST/DATABASE")
}

func (f *storeFlags) open(ctx context.Context, existing bool) (*store.Store, error) {
	address := f.address
	if address == "" {
		address = filepath.Join(f.data, planFile)
	}
	return store.Open(ctx, store.Config{Address: address, Existing: existing})
}

func newBackupCommand() *cobra.Command {
	var at storeFlags
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the plan into one file",
		Long: `Writes everything the plan holds, as it is at this moment, into one new file:
what people did, and the messages with the journal of their delivery. Others may
write to it meanwhile. The file is the same whichever database the plan is in, so
that restore moves a plan from SQLite to PostgreSQL, or back. "-" writes to
standard output.

A password in an address can be read by others on this machine; PGPASSFILE keeps
it out of the command line.`,
		Example: `  falochron backup plan-2026-11-27.backup
  falochron backup --store postgres://falochron@db.example/plan plan.backup`,
		Args: wants("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			s, err := at.open(ctx, true)
			if err != nil {
				return given(err)
			}
			defer s.Close()
			if args[0] == "-" {
				_, err := s.Backup(ctx, cmd.OutOrStdout())
				return given(err)
			}
			var counts store.Counts
			err = writeAside(args[0], func(w io.Writer) (err error) {
				counts, err = s.Backup(ctx, w)
				return given(err)
			})
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%s holds %s of %s\n", args[0], counted(counts), s.Place())
			}
			return err
		},
	}
	at.on(cmd.Flags())
	return cmd
}

func newRestoreCommand() *cobra.Command {
	var at storeFlags
	var replace bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Fill an empty plan from a backup",
		Long: `Fills a plan that holds nothing from a file that backup made: all of it, or
nothing when the file is damaged. With --replace what the plan held is dropped;
a program that has it open says so and has to be restarted. "-" reads standard
input.

Messages that waited when the backup was made wait again: what was delivered
since is delivered once more.`,
		Example: `  falochron restore plan-2026-11-27.backup
  falochron restore --store postgres://falochron@db.example/plan plan.backup`,
		Args: wants("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := cmd.InOrStdin()
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return &falochron.Error{Kind: falochron.Invalid, Op: "read the backup", Err: err, Hint: "name a file that falochron backup made"}
				}
				defer f.Close()
				in = f
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			s, err := at.open(ctx, false)
			if err != nil {
				return given(err)
			}
			defer s.Close()
			counts, err := s.Restore(ctx, in, replace)
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%s holds %s again\n", s.Place(), counted(counts))
			}
			return given(err)
		},
	}
	at.on(cmd.Flags())
	cmd.Flags().BoolVar(&replace, "replace", false, "drop what the plan holds")
	return cmd
}

// given says what it means when somebody gave up: an error of the context says
// nothing to the person at the keyboard.
func given(err error) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	return &falochron.Error{Kind: falochron.Unavailable, Op: "work on the plan", Public: "stopped before its end", Hint: "nothing was changed; start it again"}
}

func counted(c store.Counts) string {
	return fmt.Sprintf("%d acts, %d messages and %d deliveries tried", c.Acts, c.Messages, c.Attempts)
}

// writeAside makes a new file: whole and on disk, or not at all. It never
// overwrites one, as somebody may name the plan itself.
func writeAside(name string, write func(io.Writer) error) error {
	fault := func(err error) error {
		if _, said := errors.AsType[*falochron.Error](err); said {
			return err
		}
		return &falochron.Error{Kind: falochron.Unavailable, Op: "write the backup", Err: err, Hint: "name a new file in a folder that this user may write to"}
	}
	there := &falochron.Error{Kind: falochron.Conflict, Op: "write the backup", Public: name + " is there already", Hint: "name a new file; nothing is overwritten"}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return there
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*") // mode 0600
	if err != nil {
		return fault(err)
	}
	defer os.Remove(f.Name()) // what is left of it, or its second name
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fault(err)
	}
	// A link, unlike a rename, does not replace what came there meanwhile; but not
	// every file system has links.
	if err = os.Link(f.Name(), name); errors.Is(err, fs.ErrExist) {
		return there
	} else if err != nil {
		if err = os.Rename(f.Name(), name); err != nil {
			return fault(err)
		}
	}
	folder, err := os.Open(filepath.Dir(name))
	if err != nil {
		return fault(err)
	}
	if err = errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fault(err)
	}
	return nil
}
