package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/cheatsheet"
	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// TestCheatsheet_shows: what each row says to run is there, as far as can be told
// without running it: the command, its flags and their values, the model, the data,
// the keys of --set, the notebook.
func TestCheatsheet_shows(t *testing.T) {
	for _, i := range cheatsheet.Items() {
		if book, ok := strings.CutPrefix(i.Show, "notebooks/"); ok {
			for _, dir := range []string{"../../notebooks", "../../notebooks/vi"} {
				if _, err := os.Stat(filepath.Join(dir, book)); err != nil {
					t.Errorf("%s: %v", i.ID, err)
				}
			}
			continue
		}
		for _, command := range strings.Split(i.Show, " && ") {
			if what := fault(t, command); what != "" {
				t.Errorf("%s: %s: %s", i.ID, command, what)
			}
		}
	}
}

// The check finds what is wrong with a command.
func TestCheatsheet_faults(t *testing.T) {
	for command, want := range map[string]string{
		"hocsau summary lenet":                        "",
		"hocsau translate last 'a b' --beam 3":        "",
		"summary lenet":                               "expected hocsau",
		"hocsau sketch lenet":                         "unknown command",
		"hocsau summary lenett":                       `unknown model "lenett"`,
		"hocsau summary lenet --svgg x":               "unknown flag",
		"hocsau summary":                              "0 arguments",
		"hocsau train mlp --epochs many":              "invalid argument",
		"hocsau train mlp --set clap=3":               `clap`,
		"hocsau train mlp --solver adamant":           `unknown solver "adamant"`,
		"hocsau data preview shaps":                   `"shaps", did you mean shapes?`,
		"hocsau train lenet --data shapes --epochs 1": `unknown data set for lenet "shapes"`,
	} {
		if got := fault(t, command); got == "" != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
}

// fault says what is wrong with a command, without running it; empty where
// nothing is.
func fault(t *testing.T, command string) string {
	t.Helper()
	line, ok := strings.CutPrefix(command, "hocsau ")
	if !ok {
		return "expected hocsau at the beginning"
	}
	a := &run.App{Areas: areas(catalog.Zoo())}
	c, args, err := root(a).Find(fields(line))
	if err == nil {
		err = c.ParseFlags(args)
	}
	if err == nil {
		args = c.Flags().Args()
		err = c.ValidateArgs(args)
	}
	switch {
	case err != nil:
	case c.Name() == "train":
		_, err = a.Settings(args[0], settingsOf(t, c, fields(line)), c)
	case c.Name() == "preview":
		_, err = datasets.Lookup(args[0])
	case strings.Contains(c.Use, "MODEL") && len(args) > 0 && args[0] != "last":
		_, err = a.Model(args[0])
	}
	if err != nil {
		return err.Error()
	}
	if !c.Runnable() || c.HasSubCommands() {
		return "expected a command that does something"
	}
	return ""
}

// settingsOf returns the settings that the flags of train ask for.
func settingsOf(t *testing.T, c *cobra.Command, words []string) run.Settings {
	t.Helper()
	f, s := c.Flags(), run.Settings{}
	var errs [5]error
	s.Data, errs[0] = f.GetString("data")
	s.Solver, errs[1] = f.GetString("solver")
	s.Epochs, errs[2] = f.GetInt("epochs")
	s.Batch, errs[3] = f.GetInt("batch")
	s.Set, errs[4] = f.GetStringToString("set")
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if s.Set == nil {
		s.Set = map[string]string{}
	}
	for i, w := range words { // flags that stand for keys of --set keep their value to themselves
		if key, ok := strings.CutPrefix(w, "--"); ok && (key == "regime" || key == "weights") {
			s.Set[key] = words[i+1]
		}
	}
	return s
}

// fields splits a command at spaces outside single quotes, as a shell does.
func fields(line string) []string {
	quoted := false
	words := strings.FieldsFunc(line, func(r rune) bool {
		if r == '\'' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
	for i, w := range words {
		words[i] = strings.Trim(w, "'")
	}
	return words
}

// TestCheatsheet runs the command as users do.
func TestCheatsheet(t *testing.T) {
	if out := ok(t, "cheatsheet"); strings.Count(out, "\n") < 115 {
		t.Errorf("the list: %s", out)
	}
	if rows := ok(t, "cheatsheet", "--json"); strings.Count(rows, `"id"`) != 115 || !strings.HasPrefix(rows, "[{") {
		t.Errorf("JSON: %s", rows)
	}
	if out := ok(t, "cheatsheet", "2.2c", "--lang", "vi"); !strings.Contains(out, "công thức") {
		t.Errorf("in Vietnamese: %s", out)
	}
	if out := ok(t, "__complete", "cheatsheet", "1.3"); !strings.Contains(out, "1.3d\tZero-padding: Same\n") {
		t.Errorf("completions: %s", out)
	}
	refused(t, exitUsage, []string{"cheatsheet", "9.9"}, `cheatsheet "9.9"`)
	refused(t, exitUsage, []string{"cheatsheet", "1.3z"}, "did you mean 1.3a")
	refused(t, exitUsage, []string{"cheatsheet", "1.3d", "--lang", "de"}, "expected en or vi")
}
