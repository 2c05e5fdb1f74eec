package cheatsheet

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/internal/nearest"
)

// Command returns the command that prints the table.
func Command(a *run.App) *cobra.Command {
	lang := string(English)
	c := &cobra.Command{
		Use:   "cheatsheet [ID|SECTION|WORD…]",
		Short: "Find an item of the cheatsheet: formula, a worked number, code, test, what to run",
		Long: `cheatsheet lists the items of the cheatsheet "Học sâu". For an id such as 1.3d it
shows the formula, a number worked out by the code itself, the symbol that
implements it, the test that checks it, and what to run to see it; for a section
such as 1.3 all its items; for a word those that have it in their names.`,
		GroupID: run.GroupLearn,
		Example: "  hocsau cheatsheet\n  hocsau cheatsheet 1.3d\n  hocsau cheatsheet 2.6 --lang vi\n  hocsau cheatsheet dropout",
		RunE: func(c *cobra.Command, args []string) error {
			if l := Lang(lang); l != English && l != Vietnamese {
				return run.Usagef("--lang %q: expected en or vi", lang)
			}
			word := strings.Join(args, " ")
			if word == "" {
				if a.JSON {
					return printJSON(a, Lang(lang), Items())
				}
				return list(a, Lang(lang))
			}
			found := Find(word)
			if len(found) == 0 {
				return unknown(word)
			}
			if a.JSON {
				return printJSON(a, Lang(lang), found)
			}
			return show(a, Lang(lang), found)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completions(Lang(lang)), cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().StringVar(&lang, "lang", lang, "language: en or vi")
	// The flag exists: it was declared in the line above.
	_ = c.RegisterFlagCompletionFunc("lang", cobra.FixedCompletions([]string{string(English), string(Vietnamese)}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// completions returns what the first argument may be, each with what it is.
func completions(l Lang) []string {
	var list []string
	for _, s := range Sections() {
		list = append(list, s.ID+"\t"+l.of(s.Name, s.NameVI))
	}
	for _, i := range Items() {
		if i.ID != i.Section() { // else it is in the list
			list = append(list, i.ID+"\t"+l.of(i.Name, i.NameVI))
		}
	}
	return list
}

// unknown is the error for a word that names nothing, with what may have been
// meant.
func unknown(word string) error {
	near := similar(word)
	if len(near) == 0 {
		return run.Usagef("cheatsheet %q: expected an id such as 1.3d, a section such as 2.6, or a word of a name", word)
	}
	return run.Usagef("cheatsheet %q: no such item: did you mean %s? hocsau cheatsheet lists all", word, strings.Join(near, ", "))
}

// similar returns what a mistyped word may stand for, at most five: ids of the
// section that it names, or sections of the chapter, or items with a similar word
// in their names.
func similar(word string) []string {
	word = strings.ToLower(strings.TrimPrefix(word, "§"))
	if word == "" {
		return nil
	}
	if strings.Contains("123", word[:1]) {
		return closest(1, similarIDs(word))
	}
	var list []candidate
	for _, i := range Items() {
		best := math.MaxInt
		for _, name := range strings.Fields(plain(i.Name+" "+i.NameVI, "")) {
			if nearest.Name(word, []string{name}) != "" {
				best = min(best, nearest.Distance(word, name))
			}
		}
		if best < math.MaxInt {
			list = append(list, candidate{fmt.Sprintf("%s (%s)", i.ID, i.Name), best})
		}
	}
	return closest(0, list)
}

// similarIDs returns the ids of the longest section that word begins with, or
// the sections of its chapter.
func similarIDs(word string) []candidate {
	section := ""
	for _, s := range Sections() {
		if strings.HasPrefix(word, s.ID) && strings.Contains(s.ID, ".") && len(s.ID) > len(section) {
			section = s.ID
		}
	}
	var list []candidate
	for _, i := range Items() {
		if section != "" && i.Section() == section {
			list = append(list, candidate{i.ID, nearest.Distance(word, i.ID)})
		}
	}
	for _, s := range Sections() {
		if section == "" && s.ID[0] == word[0] && strings.Count(s.ID, ".") == 1 {
			list = append(list, candidate{s.ID, nearest.Distance(word, s.ID)})
		}
	}
	return list
}

// candidate is something that may have been meant.
type candidate struct {
	text     string
	distance int
}

// closest returns at most five of the list, those at most so much farther than
// the nearest.
func closest(farther int, list []candidate) []string {
	slices.SortStableFunc(list, func(x, y candidate) int { return cmp.Compare(x.distance, y.distance) })
	var near []string
	for _, c := range list {
		if len(near) < 5 && c.distance <= list[0].distance+farther {
			near = append(near, c.text)
		}
	}
	return near
}

// row is an item as JSON.
type row struct {
	ID      string   `json:"id"`
	Section string   `json:"section"`
	Name    string   `json:"name"`
	NameVI  string   `json:"name_vi"`
	About   string   `json:"about"`
	Formula string   `json:"formula"`
	Symbol  string   `json:"symbol"`
	Also    []string `json:"also,omitempty"`
	Test    string   `json:"test"`
	Show    string   `json:"show"`
	Worked  string   `json:"worked"`
}

func printJSON(a *run.App, l Lang, items []Item) error {
	rows := make([]row, len(items))
	for k, i := range items {
		worked, err := i.Worked(l)
		if err != nil {
			return err
		}
		rows[k] = row{i.ID, i.Section(), i.Name, i.NameVI, l.of(i.About, i.AboutVI), i.formula(l), i.Symbol, i.Also, i.Test, i.Show, worked}
	}
	return a.PrintJSON(rows)
}
