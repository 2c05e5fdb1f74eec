package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// app is one use of the command: where it reads and writes.
type app struct {
	in       io.Reader
	out, err io.Writer
	json     bool
	saved    string // how to go on with a run that was interrupted
}

// The groups of the help.
const (
	groupLearn = "learn"
	groupTrain = "train"
	groupUse   = "use"
	groupLook  = "look"
	groupData  = "data"
)

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "hocsau",
		Short: "Deep learning in Go: train, evaluate and use the models of the cheatsheet",
		Long: `hocsau ("học sâu", deep learning) trains, evaluates and uses the models of the
zoo. Every model has a data set that is built in, so that this works anywhere:

  hocsau train lenet`,
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true, // suggestCommand makes them
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON, one object a line")
	root.AddGroup(
		&cobra.Group{ID: groupLearn, Title: "Learn:"},
		&cobra.Group{ID: groupTrain, Title: "Train:"},
		&cobra.Group{ID: groupUse, Title: "Use:"},
		&cobra.Group{ID: groupLook, Title: "Look:"},
		&cobra.Group{ID: groupData, Title: "Data:"},
	)
	root.SetHelpCommand(helpCommand())
	root.SetHelpCommandGroupID(groupLearn)
	root.SetCompletionCommandGroupID(groupLook)
	root.AddCommand(
		a.modelsCommand(), a.summaryCommand(),
		a.trainCommand(), a.evalCommand(), a.checkCommand(),
		a.predictCommand(),
		a.benchCommand(), a.doctorCommand(), a.versionCommand(),
		a.dataCommand(),
	)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{suggestFlag(c, err)} })
	return root
}

// takes says how many arguments a command has, and what they are.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		n := len(args)
		if n >= least && n <= most {
			return nil
		}
		found := fmt.Sprintf("%d arguments", n)
		if n == 1 {
			found = "1 argument"
		}
		return usagef("%s: %s, expected %s", strings.TrimPrefix(c.CommandPath(), "hocsau "), found, what)
	}
}

// terminal returns the width of the output where it is a terminal, else 0.
func (a *app) terminal() int {
	f, ok := a.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80
	}
	return width
}

// self is how the user called the command, to show what to type next.
func self() string { return called(os.Args[0]) }

// called turns the path of the running program into what to type: go run keeps
// what it builds in a folder of its own, or in its cache under a hash.
func called(path string) string {
	slashed := filepath.ToSlash(path)
	hash, cached := strings.CutSuffix(filepath.Base(filepath.Dir(slashed)), "-d")
	switch {
	case strings.Contains(slashed, "/go-build"), cached && len(hash) == 64:
		return "go run ./cmd/hocsau"
	case strings.ContainsRune(path, filepath.Separator):
		return path
	}
	return filepath.Base(path)
}
