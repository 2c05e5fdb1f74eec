// Command gophernotes is a Jupyter kernel for Go notebooks that know this
// project's packages.
//
//	gophernotes install --user        # tells Jupyter of it
//	gophernotes CONNECTION-FILE       # what Jupyter starts
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/kernel"
	"github.com/hocsau/hocsau/internal/atomicfile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "gophernotes:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	c := &cobra.Command{
		Use:           "gophernotes CONNECTION-FILE",
		Short:         "A Jupyter kernel for Go notebooks",
		Example:       "  gophernotes install --user\n  jupyter notebook",
		Args:          cobra.ExactArgs(1),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(c *cobra.Command, args []string) error {
			connection, err := kernel.ReadConnection(args[0])
			if err != nil {
				return err
			}
			ctx, stop := untilOrphaned(c.Context())
			defer stop()
			// A cell that does not mind its context must not keep the process.
			context.AfterFunc(ctx, func() { time.AfterFunc(patience, func() { os.Exit(1) }) })
			return kernel.Run(ctx, connection, version())
		},
	}
	var prefix string
	var force bool
	install := &cobra.Command{
		Use:   "install",
		Short: "Tell Jupyter where this kernel is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := kernelDir(prefix)
			if err != nil {
				return err
			}
			if err := ours(dir); err != nil && !force {
				return err
			}
			if err := writeSpec(dir); err != nil {
				return err
			}
			fmt.Println("installed in", dir)
			return nil
		},
	}
	install.Flags().Bool("user", false, "for this user (the default)")
	install.Flags().StringVar(&prefix, "prefix", "", "below PREFIX/share/jupyter, such as a virtual environment")
	install.Flags().BoolVar(&force, "force", false, "replace the kernel of another program that has the same name")
	install.MarkFlagsMutuallyExclusive("user", "prefix")
	c.AddCommand(install, &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) { fmt.Println("gophernotes of hocsau", version()) },
	})
	return c
}

// patience is how long a running cell may take to end when the kernel is to end.
const patience = 10 * time.Second

// untilOrphaned returns a context that is done when the front end that started
// this process has died without ending it. Jupyter says by a variable that it is
// the parent; a kernel started by hand lives on.
func untilOrphaned(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	if os.Getenv("JPY_PARENT_PID") == "" {
		return ctx, stop
	}
	parent := os.Getppid()
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if os.Getppid() != parent {
					stop()
				}
			}
		}
	}()
	return ctx, stop
}

// version returns the version of this build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// kernelDir returns where the description of the kernel belongs: below a prefix,
// or with what is the user's.
func kernelDir(prefix string) (string, error) {
	if prefix != "" {
		return filepath.Join(prefix, "share", "jupyter", "kernels", "gophernotes"), nil
	}
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return filepath.Join(dir, "kernels", "gophernotes"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.Wrap(err, "find the user's folder")
	}
	switch runtime.GOOS {
	case "darwin":
		return filepath.Join(home, "Library", "Jupyter", "kernels", "gophernotes"), nil
	case "windows":
		return filepath.Join(os.Getenv("APPDATA"), "jupyter", "kernels", "gophernotes"), nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "jupyter", "kernels", "gophernotes"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter", "kernels", "gophernotes"), nil
}

// displayName is how front ends list the kernel.
const displayName = "Go (hocsau)"

// ours returns an error where the description of another program's kernel lies in
// dir, as that of the original gophernotes would.
func ours(dir string) error {
	path := filepath.Join(dir, "kernel.json")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return errors.Wrap(err, "install")
	}
	var spec struct {
		Argv []string `json:"argv"`
		Name string   `json:"display_name"`
	}
	if err := json.Unmarshal(b, &spec); err == nil && spec.Name == displayName {
		return nil
	}
	return errors.Errorf("install: %s is the kernel %q of another program (%s), expected none; --force replaces it", path, spec.Name, strings.Join(spec.Argv, " "))
}

// writeSpec writes the description of the kernel.
func writeSpec(dir string) error {
	self, err := os.Executable()
	if err != nil {
		return errors.Wrap(err, "find this program")
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return errors.Wrap(err, "find this program")
	}
	b, err := json.MarshalIndent(map[string]any{
		"argv": []string{self, "{connection_file}"}, "display_name": displayName, "language": "go", "interrupt_mode": "signal",
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return errors.Wrap(err, "install")
	}
	return errors.Wrap(atomicfile.WriteBytes(filepath.Join(dir, "kernel.json"), append(b, '\n')), "install")
}
