package run

import (
	"io/fs"
	"os"
	"slices"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// outputFlags are the flags, of whatever command, that name what it writes.
func outputFlags() []string { return []string{"out", "dot", "svg", "plot", "snapshots"} }

// CheckFiles looks at the files that a command line names, before the command
// runs: none that is read may be the one that is written.
func (a *App) CheckFiles(c *cobra.Command, args []string) error {
	for _, path := range args {
		a.Reads(path)
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(outputFlags(), f.Name) {
			return
		}
		for _, path := range valuesOf(f) {
			a.Reads(path)
		}
	})
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		if err != nil || !slices.Contains(outputFlags(), f.Name) {
			return
		}
		for _, path := range valuesOf(f) {
			if a.Output(path) != nil {
				err = Usagef("--%s %s: the command reads that file, expected another to write to", f.Name, path)
			}
		}
	})
	return err
}

func valuesOf(f *pflag.Flag) []string {
	switch v := f.Value.(type) {
	case pflag.SliceValue:
		return v.GetSlice()
	default:
		return []string{v.String()}
	}
}

// Reads remembers a file that the command reads, where path names one.
func (a *App) Reads(path string) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		a.inputs = append(a.inputs, info)
	}
}

// Output returns an error where path, which is about to be written, is one of the
// files that the command reads, by whatever name.
func (a *App) Output(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // it is new, or the write says what is wrong
	}
	if slices.ContainsFunc(a.inputs, func(in fs.FileInfo) bool { return os.SameFile(in, info) }) {
		return errors.Errorf("%s is not overwritten: the command reads it; --out names another place", path)
	}
	return nil
}
