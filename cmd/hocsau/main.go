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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop() // a second Ctrl-C ends the process at once
	}()
	os.Exit(execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// execute runs the command with the given arguments and returns its exit code. No
// panic leaves it.
func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	models := catalog.Zoo()
	a := &run.App{In: stdin, Out: stdout, Err: stderr, Areas: areas(models), Catalog: models}
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(stderr, "hocsau: internal error: %v (please report it with the command)\n", v)
			code = exitFailure
		}
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
	return exit(a, err)
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
		fmt.Fprintf(a.Err, "hocsau: %s\n", run.OneLine(err.Error()))
		return exitUsage
	}
	fmt.Fprintf(a.Err, "hocsau: %s\n", run.OneLine(err.Error()))
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
