package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/plot"
)

func (a *app) dataCommand() *cobra.Command {
	c := onlyBelow(&cobra.Command{Use: "data", Short: "List, get and look at data sets", GroupID: groupData})
	var dir string
	var offline bool
	list := &cobra.Command{
		Use: "list", Short: "List the data sets and where they are", Args: takes(0, 0, "none"),
		RunE: func(*cobra.Command, []string) error { return a.dataList(dir) },
	}
	get := &cobra.Command{
		Use: "get NAME", Short: "Download a data set into --data-dir or the user's cache",
		Args: takes(1, 1, "the name of a data set; hocsau data list lists them"),
		RunE: func(c *cobra.Command, args []string) error { return a.dataGet(c.Context(), args[0], dir, offline) },
	}
	var out string
	var count int
	var seed uint64
	preview := &cobra.Command{
		Use: "preview NAME", Short: "Draw the first examples of a data set as PNG",
		Args:    takes(1, 1, "the name of a data set; hocsau data list lists them"),
		Example: "  hocsau data preview digits --out digits.png",
		RunE: func(c *cobra.Command, args []string) error {
			return a.dataPreview(c.Context(), args[0], dir, offline, out, count, seed)
		},
	}
	preview.Flags().StringVar(&out, "out", "", "file to draw into (default NAME.png)")
	preview.Flags().IntVar(&count, "n", 64, "how many examples")
	preview.Flags().Uint64Var(&seed, "seed", 1, "decides generated data")
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
func usable() map[string]bool {
	names := map[string]bool{}
	for _, m := range models() {
		for _, d := range m.data {
			names[d] = true
		}
	}
	return names
}

func (a *app) dataList(dir string) error {
	use := usable()
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
				where = fmt.Sprintf("not here; %s data get %s", self(), s.Name)
			}
		case datasets.Given:
			where = "named by --data-dir"
		}
		var err error
		if a.json {
			err = a.printJSON(map[string]any{"name": s.Name, "title": s.Title, "where": where})
		} else {
			_, err = fmt.Fprintf(a.out, "%-15s %-58s %s\n", s.Name, s.Title, where)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) dataGet(ctx context.Context, name, dir string, offline bool) error {
	if !usable()[name] {
		return unknown("data set", name, keys(usable()))
	}
	path, err := datasets.Get(ctx, name, datasets.GetOptions{Root: dir, Offline: offline, Progress: downloadProgress(a.err)})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"name": name, "folder": path})
	}
	_, err = fmt.Fprintf(a.out, "%s is in %s\n", name, path)
	return err
}

func (a *app) dataPreview(ctx context.Context, name, dir string, offline bool, out string, count int, seed uint64) error {
	if !usable()[name] {
		return unknown("data set", name, keys(usable()))
	}
	if count < 1 {
		return usagef("--n %d: expected at least 1", count)
	}
	train, _, err := openSet(ctx, name, dir, seed, nil, offline, a.err)
	if err != nil {
		return err
	}
	shape := train.Shape()
	if len(shape) != 3 {
		return errors.Errorf("data preview %s: examples of shape %v are no pictures", name, shape)
	}
	count = min(count, train.Len())
	images := make([]float32, count*size(shape))
	captions := make([]string, count)
	for i := range count {
		label, err := train.At(i, images[i*size(shape):(i+1)*size(shape)])
		if err != nil {
			return err
		}
		captions[i] = train.Classes()[label]
	}
	if out == "" {
		out = name + ".png"
	}
	img, err := plot.ImageGrid(images, [4]int{count, shape[0], shape[1], shape[2]}, plot.GridOpts{Title: name, Captions: captions})
	if err != nil {
		return err
	}
	if err := plot.WritePNG(out, img); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"name": name, "file": filepath.ToSlash(out), "examples": count})
	}
	_, err = fmt.Fprintf(a.out, "%d examples of %s drawn in %s\n", count, name, out)
	return err
}
