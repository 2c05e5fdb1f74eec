package look

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/plot"
)

// Data returns the commands of data sets.
func Data(a *run.App) *cobra.Command {
	c := run.OnlyBelow(&cobra.Command{Use: "data", Short: "List, get and look at data sets", GroupID: run.GroupData})
	var dir string
	var offline bool
	list := &cobra.Command{
		Use: "list", Short: "List the data sets and where they are", Args: run.Takes(0, 0, "none"),
		RunE: func(*cobra.Command, []string) error { return dataList(a, dir) },
	}
	get := &cobra.Command{
		Use: "get NAME", Short: "Download a data set into --data-dir or the user's cache",
		Args: run.Takes(1, 1, "the name of a data set; hocsau data list lists them"),
		RunE: func(c *cobra.Command, args []string) error { return dataGet(c.Context(), a, args[0], dir, offline) },
	}
	var out string
	var o run.PreviewOptions
	preview := &cobra.Command{
		Use: "preview NAME", Short: "Show the first examples of a data set: pictures as PNG, text as lines",
		Args:    run.Takes(1, 1, "the name of a data set; hocsau data list lists them"),
		Example: "  hocsau data preview digits --out digits.png\n  hocsau data preview shapes --n 8 --augment crop+flip+rotate:20+color",
		RunE: func(c *cobra.Command, args []string) error {
			o.Name, o.DataDir, o.Offline = args[0], dir, offline
			return dataPreview(c.Context(), a, o, out)
		},
	}
	run.PNGVar(preview.Flags(), &out, "out", "", "PNG file to draw into (default NAME.png)")
	preview.Flags().IntVar(&o.Count, "n", 64, "how many examples")
	preview.Flags().StringVar(&o.Augment, "augment", "", "draw beside each picture some changed forms of it, such as crop+flip (as --set augment)")
	preview.Flags().Uint64Var(&o.Seed, "seed", 1, "decides generated data")
	for _, sub := range []*cobra.Command{get, preview} {
		sub.Flags().BoolVar(&offline, "offline", false, "download nothing")
	}
	for _, sub := range []*cobra.Command{list, get, preview} {
		sub.Flags().StringVar(&dir, "data-dir", "", "folder that data sets lie in, or the set's own")
		c.AddCommand(sub)
	}
	return c
}

// usable returns the names of the data sets that some model trains on.
func usable(a *run.App) map[string]bool {
	names := map[string]bool{}
	for _, m := range a.Models() {
		for _, d := range m.Data {
			names[d] = true
		}
	}
	return names
}

func dataList(a *run.App, dir string) error {
	use := usable(a)
	for _, s := range datasets.Catalog() {
		if !use[s.Name] {
			continue
		}
		where := "built in"
		switch s.Origin {
		case datasets.Known:
			path, err := datasets.Find(s.Name, dir)
			where = path
			if err != nil {
				where = fmt.Sprintf("not here; %s data get %s", run.Self(), s.Name)
			}
		case datasets.Given:
			where = "named by --data-dir"
		}
		var err error
		if a.JSON {
			err = a.PrintJSON(map[string]any{"name": s.Name, "title": s.Title, "where": where})
		} else {
			_, err = fmt.Fprintf(a.Out, "%-15s %-58s %s\n", s.Name, s.Title, where)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func dataGet(ctx context.Context, a *run.App, name, dir string, offline bool) error {
	if !usable(a)[name] {
		return run.Unknown("data set", name, run.Keys(usable(a)))
	}
	path, err := datasets.Get(ctx, name, datasets.GetOptions{Root: dir, Offline: offline, Progress: run.DownloadProgress(a.Err)})
	if err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"name": name, "folder": path})
	}
	_, err = fmt.Fprintf(a.Out, "%s is in %s\n", name, path)
	return err
}

func dataPreview(ctx context.Context, a *run.App, o run.PreviewOptions, out string) error {
	if !usable(a)[o.Name] {
		return run.Unknown("data set", o.Name, run.Keys(usable(a)))
	}
	if o.Count < 1 {
		return run.Usagef("--n %d: expected at least 1", o.Count)
	}
	for _, area := range a.Areas {
		if read, ok := area.TextPreviews[o.Name]; ok {
			lines, err := read(ctx, a, o)
			if err != nil {
				return err
			}
			return showLines(a, o.Name, lines)
		}
		draw, ok := area.Previews[o.Name]
		if !ok {
			continue
		}
		img, count, err := draw(ctx, a, o)
		if err != nil {
			return err
		}
		if out == "" {
			out = o.Name + ".png"
		}
		if err := plot.WritePNG(out, img); err != nil {
			return err
		}
		if a.JSON {
			return a.PrintJSON(map[string]any{"name": o.Name, "file": filepath.ToSlash(out), "examples": count})
		}
		what := "examples"
		if count == 1 {
			what = "example"
		}
		_, err = fmt.Fprintf(a.Out, "%d %s of %s drawn in %s\n", count, what, o.Name, out)
		return err
	}
	return errors.Errorf("data preview %s: the set cannot be drawn", o.Name)
}

// showLines prints the examples of a text.
func showLines(a *run.App, name string, lines []string) error {
	for _, line := range lines {
		var err error
		if a.JSON {
			err = a.PrintJSON(map[string]any{"name": name, "example": line})
		} else {
			_, err = fmt.Fprintln(a.Out, line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
