package main

import (
	"fmt"
	"strings"

	"github.com/falochron/falochron"
	"github.com/spf13/cobra"
)

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "falochron",
		Short: "A breakwater between the fans and the shop",
		Long: `Falochron stands between the fans and the shop. When more people come than
the shop can serve, it keeps a fair line before the door, so that those who are
in can buy.

  falochron run --origin http://127.0.0.1:8081    protect a shop
  falochron demo                                  see what that means

Exit codes: 0 it worked, 1 it failed, 2 flags or configuration cannot be used,
3 a measurement is void.`,
		SilenceUsage:  true,
		SilenceErrors: true,
		// Replaces cobra's own message, so that a mistyped command is an error of
		// ours, with a hint.
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2 // letters a mistyped command may be off
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(err.Error(), cmd.CommandPath()+" --help lists the flags")
	})
	root.AddCommand(commands()...)
	checkUsage(root)
	return root
}

// checkUsage makes what cobra finds wrong with arguments of a command's own commands
// an error of ours.
func checkUsage(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		c.Args = asUsage(c.Args)
		checkUsage(c)
	}
}

// commands are all commands, in the order of the help.
func commands() []*cobra.Command {
	return []*cobra.Command{
		newRunCommand(),
		newCheckCommand(),
		newForecastCommand(),
		newRadarCommand(),
		newSimulateCommand(),
		newNotifyCommand(),
		newCampaignCommand(),
		newFleetCommand(),
		newExplainCommand(),
		newVerifyDrawCommand(),
		newBackupCommand(),
		newRestoreCommand(),
		newDemoCommand(),
		newToyshopCommand(),
		newVersionCommand(),
	}
}

func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := cmd.CommandPath() + " --help lists the commands"
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage(fmt.Sprintf("unknown command %q", args[0]), hint)
}

// wants is the argument check of a command that takes exactly these.
func wants(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		need := "no arguments"
		if len(names) > 0 {
			need = strings.Join(names, " ")
		}
		return usage(fmt.Sprintf("%d arguments given, wants %s", len(args), need), cmd.CommandPath()+" --help shows an example")
	}
}

// asUsage makes what cobra's own checks of arguments and required flags find an
// error of ours.
func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	if check == nil {
		return nil
	}
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			err = cmd.ValidateRequiredFlags()
		}
		if err == nil || falochron.KindOf(err) == falochron.Invalid {
			return err
		}
		return usage(err.Error(), cmd.CommandPath()+" --help shows an example")
	}
}

// usage is an error of the person at the keyboard.
func usage(what, hint string) error {
	return &falochron.Error{Kind: falochron.Invalid, Op: "read command line", Public: what, Hint: hint}
}
