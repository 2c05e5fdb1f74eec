package main

import (
	"sort"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// nearest returns the name most like the given one, "" where none is like it.
func nearest(given string, names []string) string {
	best, at := "", len(given)/2+2
	for _, n := range names {
		if strings.HasPrefix(n, given) && given != "" {
			return n
		}
		if d := distance(strings.ToLower(given), n); d < at {
			best, at = n, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// unknown is the error for a name that is not among the known ones.
func unknown(what, given string, names []string) error {
	sorted := append([]string(nil), names...)
	sort.Strings(sorted)
	if n := nearest(given, names); n != "" {
		return usagef("unknown %s %q: did you mean %q? Known are %s", what, given, n, strings.Join(sorted, ", "))
	}
	return usagef("unknown %s %q: expected one of %s", what, given, strings.Join(sorted, ", "))
}

// suggestFlag adds the nearest name to cobra's error for an unknown flag.
func suggestFlag(c *cobra.Command, err error) error {
	given, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return err
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if n := nearest(given, names); n != "" {
		return errors.Errorf("unknown flag --%s: did you mean --%s?", given, n)
	}
	return errors.Errorf("unknown flag --%s; %s --help lists the flags", given, c.CommandPath())
}
