package run

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/datasets/open"
)

// dataFor returns the data set that the flags ask for: the one named, else the one that lies in --data-dir, else usual.
func (a *App) dataFor(m Model, given Settings, c *cobra.Command, usual string) (string, error) {
	f := c.Flags()
	switch {
	case f.Changed("data"):
		return given.Data, nil
	case !f.Changed("data-dir") || m.OtherFiles || saidElsewhere(c):
		return usual, nil
	}
	return lying(given.DataDir, m, usual)
}

// lying returns the set of the model that lies in dir, where the usual one lies in no folder.
func lying(dir string, m Model, usual string) (string, error) {
	if set, err := datasets.Lookup(usual); dir == "" || err != nil || set.Origin != datasets.BuiltIn {
		return usual, nil
	}
	name, err := open.Guess(dir, m.Data)
	if err != nil {
		return "", Usagef("--data-dir %v", err)
	}
	return name, nil
}

// saidElsewhere tells whether a file says what the data set is: that of --config, or that of the run that is resumed.
func saidElsewhere(c *cobra.Command) bool {
	value := func(flag string) string {
		if f := c.Flags().Lookup(flag); f != nil {
			return f.Value.String()
		}
		return ""
	}
	if path := value("config"); path != "" {
		s, err := readSettings(path, Settings{})
		return err != nil || s.Data != "" // a wrong file is refused later
	}
	if value("resume") == "true" && value("out") != "" {
		_, err := os.Stat(filepath.Join(value("out"), "config.yaml"))
		return err == nil
	}
	return false
}

// mostLeft is how many files that were left out are named one by one.
const mostLeft = 10

// ReportParts says what was taken for which part of a set, what was left out, and
// what makes little sense. Where the sizes of the parts are printed, they say what
// was taken; see Took.
func (a *App) ReportParts(p *open.Parts, sizes bool) {
	if p == nil {
		return
	}
	w := a.Err
	if p.Took != "" && (a.JSON || !sizes) {
		fmt.Fprintf(w, "hocsau: data: %s\n", OneLine(p.Took))
	}
	for _, x := range p.Left[:min(mostLeft, len(p.Left))] {
		fmt.Fprintf(w, "hocsau: warning: %s\n", OneLine(x.String()))
	}
	switch more := len(p.Left) - mostLeft; {
	case more > 0:
		fmt.Fprintf(w, "hocsau: warning: … and %d more of these, %d in all\n", more, len(p.Left))
	case len(p.Left) > 1:
		fmt.Fprintf(w, "hocsau: warning: %d of these in all\n", len(p.Left))
	}
	for _, text := range p.Warnings {
		fmt.Fprintf(w, "hocsau: warning: %s\n", OneLine(text))
	}
}

// Took is what was taken for which part of a set, to follow the sizes of the parts.
func Took(p *open.Parts) string {
	if p == nil || p.Took == "" {
		return ""
	}
	return " (" + OneLine(p.Took) + ")"
}
