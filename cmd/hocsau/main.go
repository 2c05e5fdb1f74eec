// Command hocsau trains, evaluates and uses the models of the zoo.
//
//	hocsau train lenet
//	hocsau eval last --plot
//	hocsau predict last digit.png
//
// See hocsau --help.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/internal/kernels/cpu"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// The exit codes of the command.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// grace is how long work may take to stop after it was told to: what decodes a
// picture or waits for a pipe does not look. A checkpoint that is being written
// is waited for.
const grace = 5 * time.Second

func main() {
	a := newApp(os.Stdin, os.Stdout, os.Stderr)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	asked := make(chan os.Signal, 2)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(asked, syscall.SIGHUP)
	}
	go func() {
		<-asked
		stop()
		ended := time.After(grace)
		for {
			select {
			case <-asked: // a second Ctrl-C ends the process at once
			case <-ended:
				if a.Saving() {
					ended = time.After(grace)
					continue
				}
				fmt.Fprintf(os.Stderr, "hocsau: interrupted; the work did not stop within %s\n", grace)
			}
			os.Exit(exitInterrupted)
		}
	}()
	os.Exit(perform(ctx, a, os.Args[1:]))
}

// execute runs the command with the given arguments and returns its exit code.
func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return perform(ctx, newApp(stdin, stdout, stderr), args)
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *run.App {
	models := catalog.Zoo()
	return &run.App{In: stdin, Out: stdout, Err: stderr, Areas: areas(models), Catalog: models}
}

// perform runs the command with the given arguments and returns its exit code. No
// panic leaves it.
func perform(ctx context.Context, a *run.App, args []string) (code int) {
	out, errs := run.NewScreen(a.Out), run.NewScreen(a.Err)
	a.Out, a.Err = out, errs
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(errs, "hocsau: internal error: %s (please report it with the command)\n", oneLine(fmt.Sprint(v)))
			code = exitFailure
		}
		_ = errs.Err()
	}()
	top := root(a)
	top.SetArgs(args)
	err := cpu.Check()
	if err == nil {
		err = top.ExecuteContext(ctx)
	}
	if err != nil && isCobraUsage(err) {
		err = run.Usage(run.SuggestCommand(top, err))
	}
	if failed := out.Err(); err == nil && failed != nil { // nobody may have looked
		err = errors.Wrap(failed, "write the output")
	}
	return exit(a, err)
}

// longestError is the most bytes of an error: more than the names of a network,
// less than a file can put into one.
const longestError = 1 << 16

func oneLine(s string) string {
	s = run.OneLine(s)
	if len(s) > longestError {
		s = strings.ToValidUTF8(s[:longestError], "") + fmt.Sprintf("… and %d bytes more", len(s)-longestError)
	}
	return s
}

// exit prints the error as one line and returns the exit code.
func exit(a *run.App, err error) int {
	var usage run.UsageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		if a.Saved != "" {
			fmt.Fprintf(a.Err, "hocsau: interrupted; the run is saved, go on with: %s\n", a.Saved)
		} else {
			fmt.Fprintln(a.Err, "hocsau: interrupted")
		}
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(a.Err, "hocsau: %s\n", oneLine(err.Error()))
		return exitUsage
	}
	fmt.Fprintf(a.Err, "hocsau: %s\n", oneLine(err.Error()))
	return exitFailure
}

// isCobraUsage reports whether err is one of cobra's own, which have no type.
func isCobraUsage(err error) bool {
	var ours run.UsageError
	if errors.As(err, &ours) {
		return false
	}
	m := err.Error()
	for _, p := range []string{"unknown command", "unknown flag", "unknown shorthand", "flag needs an argument", "invalid argument", "accepts ", "requires at least", "required flag", "bad flag syntax"} {
		if strings.HasPrefix(m, p) {
			return true
		}
	}
	return false
}
