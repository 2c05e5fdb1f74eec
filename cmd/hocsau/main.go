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

	"github.com/hocsau/hocsau/internal/kernels/cpu"
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
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// usageError is a wrong use of the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return usageError{errors.Errorf(format, args...)}
}

// run runs the command with the given arguments and returns its exit code. No
// panic leaves it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	a := &app{in: stdin, out: stdout, err: stderr}
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(stderr, "hocsau: internal error: %v (please report it with the command)\n", v)
			code = exitFailure
		}
	}()
	root := a.root()
	root.SetArgs(args)
	err := cpu.Check()
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err != nil && isCobraUsage(err) {
		err = usageError{suggestCommand(root, err)}
	}
	return a.exit(err)
}

// exit prints the error as one line and returns the exit code.
func (a *app) exit(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		if a.saved != "" {
			fmt.Fprintf(a.err, "hocsau: interrupted; the run is saved, go on with: %s\n", a.saved)
		} else {
			fmt.Fprintln(a.err, "hocsau: interrupted")
		}
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(a.err, "hocsau: %s\n", oneLine(err.Error()))
		return exitUsage
	}
	fmt.Fprintf(a.err, "hocsau: %s\n", oneLine(err.Error()))
	return exitFailure
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// isCobraUsage reports whether err is one of cobra's own, which have no type.
func isCobraUsage(err error) bool {
	var ours usageError
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
