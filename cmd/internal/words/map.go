package words

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/phrases"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/datasets/vectors"
	"github.com/hocsau/hocsau/internal/atomicfile"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/plot/tsne"
)

// mapping says what is drawn.
type mapping struct {
	out        []string
	words      int
	list       string
	perplexity float64
	steps      int
	exact      bool
	seed       uint64
}

// mapCommand returns embed map.
func mapCommand(a *run.App) *cobra.Command {
	var m mapping
	c := &cobra.Command{
		Use:   "map RUN|FILE",
		Short: "Draw words on a map by t-SNE",
		Long: `map places words on a plane by t-SNE, so that words with similar vectors lie near
each other, and draws it: as PNG, as SVG, or as a page for a browser that zooms
and finds words. Distances between far words and sizes of groups mean little.`,
		Example: "  hocsau embed map last\n  hocsau embed map glove.6B.100d.txt.gz --words 5000 --out map.html,map.png",
		Args:    run.Takes(1, 1, vectorsUse),
		RunE: func(c *cobra.Command, args []string) error {
			return embedMap(c.Context(), a, args[0], m)
		},
	}
	f := c.Flags()
	f.StringSliceVar(&m.out, "out", nil, "files that end in .png, .svg or .html (default: map.png and map.html, in the run's folder)")
	f.IntVar(&m.words, "words", 1000, "how many words, the first ones")
	f.StringVar(&m.list, "list", "", "file with the words to draw, with white space between")
	f.Float64Var(&m.perplexity, "perplexity", 0, "about how many neighbours a word has (default: 30, fewer of few words)")
	f.IntVar(&m.steps, "steps", 1000, "steps of gradient descent")
	f.BoolVar(&m.exact, "exact", false, "compare all pairs of words, not Barnes-Hut")
	f.Uint64Var(&m.seed, "seed", 1, "decides every random number")
	return c
}

// check returns an error for what cannot be drawn.
func (m mapping) check() error {
	for _, path := range m.out {
		switch strings.ToLower(filepath.Ext(path)) {
		case ".png", ".svg", ".html":
		default:
			return run.Usagef("--out %s: expected a name that ends in .png, .svg or .html", path)
		}
	}
	switch {
	case m.words < 3:
		return run.Usagef("--words %d: expected at least 3", m.words)
	case m.perplexity != 0 && !(m.perplexity >= 1):
		return run.Usagef("--perplexity %g: expected at least 1", m.perplexity)
	case m.steps < 1:
		return run.Usagef("--steps %d: expected at least 1", m.steps)
	}
	return nil
}

func embedMap(ctx context.Context, a *run.App, name string, m mapping) error {
	if err := m.check(); err != nil {
		return err
	}
	t, r, err := openTable(ctx, a, name)
	if err != nil {
		return err
	}
	if len(m.out) == 0 {
		dir := "."
		if r != nil {
			dir = r.Path
		}
		m.out = []string{filepath.Join(dir, "map.png"), filepath.Join(dir, "map.html")}
	}
	rows, err := m.rows(t)
	if err != nil {
		return err
	}
	x := make([]float64, 0, len(rows)*t.Dim())
	for _, i := range rows {
		for _, v := range t.Row(i) {
			x = append(x, float64(v))
		}
	}
	begin, shown := time.Now(), time.Time{}
	kl := 0.0
	o := tsne.Options{Perplexity: m.perplexity, Exact: m.exact, Steps: m.steps, Seed: m.seed, Progress: func(step, steps int, now float64) {
		kl = now
		if !a.JSON && a.Terminal() > 0 && time.Since(shown) > 200*time.Millisecond {
			shown = time.Now()
			fmt.Fprintf(a.Raw(), "\rstep %d of %d, KL(P‖Q) %.4f ", step, steps, now)
		}
	}}
	if o.Perplexity == 0 {
		o.Perplexity = max(1, min(30, float64(len(rows)-1)/3))
	}
	y, err := tsne.Embed(ctx, unitRows(x, t.Dim()), t.Dim(), o)
	if err != nil {
		return err
	}
	if !a.JSON && a.Terminal() > 0 {
		fmt.Fprintf(a.Raw(), "\r%60s\r", "")
	}
	title := fmt.Sprintf("%s: %s words by t-SNE", filepath.Base(name), run.Thousands(len(rows)))
	if r != nil {
		title = fmt.Sprintf("%s on %s: %s words by t-SNE", r.Settings.Model, r.Settings.Data, run.Thousands(len(rows)))
	}
	points := mapPoints(t, rows, y)
	for _, path := range m.out {
		if err := drawMap(path, title, points); err != nil {
			return err
		}
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"words": len(rows), "kl": kl, "seconds": time.Since(begin).Seconds(), "files": m.out})
	}
	_, err = fmt.Fprintf(a.Out, "%s words, KL(P‖Q) %.4f after %s; drawn in %s\n",
		run.Thousands(len(rows)), kl, time.Since(begin).Round(100*time.Millisecond), strings.Join(m.out, ", "))
	return err
}

// unitRows gives each row length 1: cosine similarity is what counts. A row of
// zeros stays.
func unitRows(x []float64, dim int) []float64 {
	for i := 0; i < len(x); i += dim {
		row := x[i : i+dim]
		if n := norm(row); n > 0 {
			for k := range row {
				row[k] /= n
			}
		}
	}
	return x
}

// rows returns which words are drawn.
func (m mapping) rows(t *vectors.Table) ([]int, error) {
	var rows []int
	if m.list == "" {
		for i := range min(m.words, t.Len()) {
			rows = append(rows, i)
		}
	} else {
		seen := map[int]bool{}
		missing := 0
		err := text.Lines(m.list, func(line string) error {
			for _, w := range strings.Fields(line) {
				i, ok := t.Index(w)
				if !ok {
					missing++
				} else if !seen[i] {
					seen[i] = true
					rows = append(rows, i)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(rows) < 3 {
			return nil, run.Usagef("--list %s: %d of its words have vectors, %d have none, expected at least 3", m.list, len(rows), missing)
		}
	}
	if len(rows) < 3 {
		return nil, run.Usagef("%d words have vectors, expected at least 3 to draw", len(rows))
	}
	return rows, nil
}

// mapPoints names the places; the words of phrases have the colours of their
// groups.
func mapPoints(t *vectors.Table, rows []int, y []float64) []plot.Point {
	group := map[string]int{}
	for i, g := range phrases.Groups() {
		for _, w := range g.Words {
			group[w] = i + 1
		}
	}
	colored := 0
	points := make([]plot.Point, len(rows))
	for k, i := range rows {
		w := t.Words()[i]
		points[k] = plot.Point{X: y[2*k], Y: y[2*k+1], Label: w, Group: group[w]}
		if group[w] > 0 {
			colored++
		}
	}
	if 4*colored < len(points) { // another text, which shares some words
		for k := range points {
			points[k].Group = 0
		}
	}
	return points
}

func drawMap(path, title string, points []plot.Point) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".svg":
		return atomicfile.Write(path, func(w io.Writer) error { return plot.WriteScatterSVG(w, title, points) })
	case ".html":
		return atomicfile.Write(path, func(w io.Writer) error { return plot.WriteScatterPage(w, title, points) })
	}
	img, err := plot.Scatter(title, points)
	if err != nil {
		return err
	}
	return plot.WritePNG(path, img)
}
