package run

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/internal/nearest"
)

// Unknown is the error for a name that is not among the known ones.
func Unknown(what, given string, names []string) error {
	sorted := Listed(slices.Sorted(slices.Values(names)))
	if n := nearest.Name(given, names); n != "" {
		return Usagef("unknown %s %q: did you mean %q? Known are %s", what, given, n, sorted)
	}
	return Usagef("unknown %s %q: expected one of %s", what, given, sorted)
}

// mostListed is how many names a message has.
const mostListed = 10

// Listed returns the first names, and how many more there are. One more is named.
func Listed(names []string) string {
	if more := len(names) - mostListed; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostListed], ", "), more)
	}
	return strings.Join(names, ", ")
}

// SuggestFlag adds the nearest name to cobra's error for an unknown flag.
func SuggestFlag(c *cobra.Command, err error) error {
	given, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return err
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if n := nearest.Name(given, names); n != "" {
		return errors.Errorf("unknown flag --%s: did you mean --%s?", given, n)
	}
	return errors.Errorf("unknown flag --%s; %s --help lists the flags", given, c.CommandPath())
}

// SuggestCommand adds the nearest name to cobra's error for an unknown command.
func SuggestCommand(root *cobra.Command, err error) error {
	rest, ok := strings.CutPrefix(err.Error(), "unknown command ")
	if !ok {
		return err
	}
	quoted, _ := strconv.QuotedPrefix(rest)
	given, bad := strconv.Unquote(quoted)
	if bad != nil {
		return err
	}
	return Unknown("command", given, commands(root))
}

// commands returns the names of the commands below c.
func commands(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			names = append(names, sub.Name())
		}
	}
	return names
}

// OnlyBelow makes c, which only has commands below it, refuse other words.
func OnlyBelow(c *cobra.Command) *cobra.Command {
	c.Args = cobra.ArbitraryArgs
	c.DisableFlagsInUseLine = true
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		return Unknown("command", c.Name()+" "+args[0], prefixed(c.Name()+" ", commands(c)))
	}
	return c
}

func prefixed(prefix string, names []string) []string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = prefix + n
	}
	return list
}

// HelpCommand is cobra's, but for an unknown command it returns an error.
func HelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND…]",
		Short: "Help about a command",
		RunE: func(c *cobra.Command, args []string) error {
			of, rest, err := c.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 && of.HasSubCommands() {
				return of.RunE(of, rest)
			}
			return of.Help()
		},
	}
}
