package run

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/hocsau/hocsau/solvers/train"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// App is one use of the command: where it reads and writes, what it knows.
type App struct {
	In       io.Reader
	Out, Err io.Writer
	JSON     bool
	Areas    []Area
	Catalog  *catalog.Catalog // the models
	// Saved is how to go on with a run that was interrupted.
	Saved string

	folder atomic.Pointer[train.Folder] // of the run that is trained
	inputs []fs.FileInfo                // the files that the command reads
}

// Saving reports whether a checkpoint is being written.
func (a *App) Saving() bool {
	f := a.folder.Load()
	return f != nil && f.Saving()
}

// The groups of the help.
const (
	GroupLearn = "learn"
	GroupTrain = "train"
	GroupUse   = "use"
	GroupLook  = "look"
	GroupData  = "data"
)

// UsageError is a wrong use of the command line.
type UsageError struct{ error }

// Unwrap returns what is wrong.
func (e UsageError) Unwrap() error { return e.error }

// Usagef returns a UsageError.
func Usagef(format string, args ...any) error {
	return UsageError{errors.Errorf(format, args...)}
}

// Usage makes err a wrong use of the command line.
func Usage(err error) error { return UsageError{err} }

// Takes says how many arguments a command has, and what they are.
func Takes(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		n := len(args)
		if n >= least && n <= most {
			return nil
		}
		found := fmt.Sprintf("%d arguments", n)
		if n == 1 {
			found = "1 argument"
		}
		return Usagef("%s: %s, expected %s", strings.TrimPrefix(c.CommandPath(), "hocsau "), found, what)
	}
}

// PrintJSON prints v as one line.
func (a *App) PrintJSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Out, "%s\n", b)
	return err
}

// Terminal returns the width of the output where it is a terminal, else 0.
func (a *App) Terminal() int {
	f, ok := raw(a.Out).(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80
	}
	return width
}

// Self is how the user called the command, to show what to type next.
func Self() string { return called(os.Args[0]) }

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

// ShellWord quotes a word where a shell would take it apart.
func ShellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/\\:.,_+-@%=~") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Version returns the version of this build.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// Thousands writes a number with commas.
func Thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// OneLine joins the lines of s.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// OrElse returns s, or other where s is empty.
func OrElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Keys returns the keys of m in no order.
func Keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	return names
}

// DownloadProgress prints a line for each tenth of a file.
func DownloadProgress(w io.Writer) func(file string, done, total int64) {
	if w == nil {
		return nil
	}
	last := map[string]int64{}
	return func(file string, done, total int64) {
		if total <= 0 {
			return
		}
		if tenth := 10 * done / total; tenth > last[file] {
			last[file] = tenth
			fmt.Fprintf(w, "download %s: %d %% of %.1f MB\n", file, 10*tenth, float64(total)/1e6)
		}
	}
}
