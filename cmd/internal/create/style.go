package create

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/image"
	"github.com/hocsau/hocsau/solvers/train"
)

// styleFlags are the flags of style.
type styleFlags struct {
	out, weights, dataDir, solver, snapshots string
	shares                                   string
	size, steps, every, threads              int
	alpha, beta, gamma, rate                 float64
	seed                                     uint64
	sweep                                    bool
}

// The usual settings of style.
const (
	usualAlpha, usualBeta, usualGamma = 1, 100, 10
	usualSize, usualSteps, usualRate  = 256, 200, 0.02
	sweepSize, sweepSteps             = 128, 80
)

// styleCommand returns style.
func styleCommand(a *run.App) *cobra.Command {
	var f styleFlags
	c := &cobra.Command{
		Use:     "style CONTENT STYLE… --out FILE",
		Short:   "Paint a picture in the style of another",
		GroupID: run.GroupUse,
		Long: `style paints the picture CONTENT in the style of others, by changing its pixels
until the features that a network sees in it are those of CONTENT and their
correlations those of STYLE. Several styles are mixed, by --shares.

Where STYLE is the run of a fast-style network, that paints in one pass.
--sweep draws a sheet with nine weightings of content and style instead.`,
		Example: `  hocsau style cat.png painting.jpg --out painted.png
  hocsau style cat.png a.jpg b.jpg --shares 2,1 --size 512 --out painted.png
  hocsau style cat.png painting.jpg --sweep --out sheet.png
  hocsau style cat.png runs/fast-style-1 --out painted.png`,
		Args: run.Takes(2, 20, "a content picture and one or more style pictures, or the run of a fast-style network"),
		RunE: func(c *cobra.Command, args []string) error { return style(c, a, args[0], args[1:], f) },
	}
	fl := c.Flags()
	fl.StringVar(&f.out, "out", "", "PNG file to write to")
	fl.IntVar(&f.size, "size", usualSize, "longer side of the painted picture, pixels; above 256 it is painted small first")
	fl.IntVar(&f.steps, "steps", usualSteps, "how often the picture is changed")
	fl.Float64Var(&f.alpha, "content-weight", usualAlpha, "α: how much the content counts")
	fl.Float64Var(&f.beta, "style-weight", usualBeta, "β: how much the style counts")
	fl.Float64Var(&f.gamma, "variation-weight", usualGamma, "γ: how much smoothness counts")
	fl.StringVar(&f.shares, "shares", "", "the shares of several styles, as in 2,1 (default: even)")
	fl.StringVar(&f.solver, "solver", "lbfgs", "lbfgs or adam")
	fl.Float64Var(&f.rate, "lr", usualRate, "learning rate of adam, of pixels from 0 to 1")
	fl.Uint64Var(&f.seed, "seed", 0, "start from noise of this seed; 0 starts from CONTENT")
	fl.StringVar(&f.weights, "weights", "", "file with SqueezeNet 1.1 or VGG-19 (default: SqueezeNet below a root of data)")
	fl.StringVar(&f.dataDir, "data-dir", "", "folder that data and weights lie in")
	fl.IntVar(&f.every, "snapshot-every", 50, "write what there is to --out every so many steps; 0 at the end only")
	fl.StringVar(&f.snapshots, "snapshots", "", "folder that keeps every snapshot")
	fl.BoolVar(&f.sweep, "sweep", false, "draw a sheet of 3×3 weightings, each a picture of 128 pixels in 80 steps unless said otherwise")
	fl.IntVar(&f.threads, "threads", 0, "threads (default: as many as processors)")
	return c
}

func style(c *cobra.Command, a *run.App, content string, styles []string, f styleFlags) error {
	if err := f.check(content, styles); err != nil {
		return err
	}
	if f.sweep && !c.Flags().Changed("size") {
		f.size = sweepSize
	}
	if f.sweep && !c.Flags().Changed("steps") {
		f.steps = sweepSteps
	}
	p, err := readPicture(a, content)
	if err != nil {
		return err
	}
	if len(styles) == 1 && isFolder(styles[0]) {
		if f.sweep {
			return run.Usagef("--sweep: the run of a fast-style network has one weighting")
		}
		side := 0
		if c.Flags().Changed("size") {
			side = f.size
		}
		return paintFast(a, p, styles[0], f.out, side)
	}
	shares, err := f.parts(len(styles))
	if err != nil {
		return err
	}
	var list []train.StylePicture
	for i, path := range styles {
		s, err := image.Read(path, image.Options{})
		if err != nil {
			return err
		}
		list = append(list, train.StylePicture{Picture: s, Weight: shares[i]})
	}
	s := f.settings()
	if err := s.Check(p, list); err != nil {
		return run.Usage(err)
	}
	if s.Network, err = featureNetwork(a, f.weights, f.dataDir); err != nil {
		return err
	}
	if f.sweep {
		return sweep(c.Context(), a, s, p, list, f.out)
	}
	return paint(c.Context(), a, s, p, list, f)
}

// check returns an error for flags that make no sense.
func (f styleFlags) check(content string, styles []string) error {
	switch {
	case f.out == "":
		return run.Usagef("style: no --out, expected the PNG file to write to")
	case strings.ToLower(filepath.Ext(f.out)) != ".png":
		return run.Usagef("--out %s: expected a name that ends in .png", f.out)
	case f.solver != "lbfgs" && f.solver != "adam":
		return run.Unknown("solver", f.solver, []string{"lbfgs", "adam"})
	case f.every < 0:
		return run.Usagef("--snapshot-every %d: expected a number from 0 on", f.every)
	case f.threads < 0:
		return run.Usagef("--threads %d: expected a number from 0 on", f.threads)
	}
	if dir := filepath.Dir(f.out); !isFolder(dir) {
		return run.Usagef("--out %s: no folder %s", f.out, dir)
	}
	for _, path := range append([]string{content}, styles...) {
		if filepath.Clean(path) == filepath.Clean(f.out) {
			return run.Usagef("--out %s: this is one of the pictures to read, expected another name", f.out)
		}
	}
	return nil
}

// parts returns the shares of so many styles.
func (f styleFlags) parts(n int) ([]float64, error) {
	shares := make([]float64, n)
	for i := range shares {
		shares[i] = 1
	}
	if f.shares == "" {
		return shares, nil
	}
	words := strings.Split(f.shares, ",")
	if len(words) != n {
		return nil, run.Usagef("--shares %s: %d shares for %d styles", f.shares, len(words), n)
	}
	for i, w := range words {
		v, err := strconv.ParseFloat(strings.TrimSpace(w), 64)
		if err != nil || !(v > 0) || v > 1e9 {
			return nil, run.Usagef("--shares %s: %q, expected positive numbers", f.shares, w)
		}
		shares[i] = v
	}
	return shares, nil
}

func (f styleFlags) settings() *train.Style {
	return &train.Style{
		Alpha: f.alpha, Beta: f.beta, Gamma: f.gamma, Steps: f.steps,
		LBFGS: f.solver == "lbfgs", Rate: f.rate, Size: f.size, Seed: f.seed, Threads: f.threads,
	}
}

// paint paints with progress and snapshots.
func paint(ctx context.Context, a *run.App, s *train.Style, content *image.Picture, styles []train.StylePicture, f styleFlags) error {
	begin := time.Now()
	if err := a.Output(f.out); err != nil {
		return err
	}
	if f.snapshots != "" {
		if err := os.MkdirAll(f.snapshots, 0o777); err != nil {
			return errors.Wrap(err, "--snapshots")
		}
	}
	told := time.Time{}
	width := a.Terminal()
	s.OnStep = func(t train.StyleStep) error {
		if err := progress(a, t, begin, &told, width); err != nil {
			return err
		}
		if f.every == 0 || t.Step == 0 || t.Step%f.every != 0 {
			return nil
		}
		p := t.Picture()
		if f.snapshots != "" {
			name := filepath.Join(f.snapshots, fmt.Sprintf("step-%06d.png", t.Step))
			if err := a.Output(name); err != nil {
				return err
			}
			if err := image.WritePNG(name, p); err != nil {
				return err
			}
		}
		return image.WritePNG(f.out, p)
	}
	painted, err := s.Paint(ctx, content, styles)
	if width > 0 && !a.JSON {
		fmt.Fprintf(a.Raw(), "\r%*s\r", width-1, "")
	}
	if painted != nil && painted.Picture != nil {
		if failed := image.WritePNG(f.out, painted.Picture); err == nil {
			err = failed
		}
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(a.Err, "hocsau: what there is by now is in %s\n", f.out)
	}
	if err != nil {
		return err
	}
	lowered := 1 - painted.End.Total/painted.Start.Total
	if a.JSON {
		return a.PrintJSON(map[string]any{
			"event": "done", "file": f.out, "network": s.Network.Name(), "width": painted.Width, "height": painted.Height, "steps": s.Steps,
			"j_start": painted.Start.Total, "j_end": painted.End.Total, "lowered": lowered,
			"content_cost": painted.End.Content, "style_cost": painted.End.Style, "seconds": time.Since(begin).Seconds(),
		})
	}
	_, err = fmt.Fprintf(a.Out, "J of the content picture %.4g, painted %.4g: lowered by %.1f %% in %d steps, %s; drawn: %s\n",
		painted.Start.Total, painted.End.Total, 100*lowered, s.Steps, time.Since(begin).Round(100*time.Millisecond), f.out)
	return err
}

// progress tells a step: on a terminal in one line, else a line for each tenth.
func progress(a *run.App, t train.StyleStep, begin time.Time, told *time.Time, width int) error {
	tenth := max(1, t.Steps/10)
	plain := width == 0 || a.JSON
	if plain && t.Step%tenth != 0 || !plain && time.Since(*told) < 100*time.Millisecond {
		return nil
	}
	*told = time.Now()
	if a.JSON {
		return a.PrintJSON(map[string]any{
			"event": "step", "step": t.Step, "steps": t.Steps, "width": t.Width, "height": t.Height,
			"j": t.Total, "content_cost": t.Content, "style_cost": t.Style, "variation_cost": t.Variation,
		})
	}
	line := fmt.Sprintf("step %*d/%d  %d×%d  J %.4g  content %.4g  style %.4g", len(fmt.Sprint(t.Steps)), t.Step, t.Steps, t.Width, t.Height, t.Total, t.Content, t.Style)
	if t.Step > 0 {
		left := time.Since(begin) / time.Duration(t.Step) * time.Duration(t.Steps-t.Step)
		line += fmt.Sprintf("  %s left", left.Round(time.Second))
	}
	if plain {
		_, err := fmt.Fprintln(a.Out, line)
		return err
	}
	_, err := fmt.Fprintf(a.Raw(), "\r%-*.*s", width-1, width-1, line)
	return err
}

func isFolder(path string) bool {
	if path == "last" {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
