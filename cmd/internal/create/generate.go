package create

import (
	"fmt"
	"image"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// generateFlags declares the area's flags of generate.
func generateFlags(f *pflag.FlagSet) {
	f.Int("n", 0, "pictures: how many (default 64), or with --interpolate the steps of each way (default 10)")
	f.Uint64("seed", 1, "decides what is drawn")
	f.String("class", "", "pictures: which class a cgan is to draw, by name or number; several by commas (default: all in turn)")
	f.Bool("interpolate", false, "pictures: the way between points of the noise, a row each; animated where --out ends in .gif")
	f.String("out", "", "file to write to (pictures: RUN/generated.png)")
}

// wanted is what the user asks for.
type wanted struct {
	n           int
	seed        uint64
	classes     []int // nil: all in turn
	interpolate bool
	out         string
}

// most is how many pictures fit on a sheet.
const most = 10000

// wants reads the flags.
func (j *ganJob) wants(f *pflag.FlagSet, path string) (wanted, error) {
	w := wanted{}
	var err error
	if w.n, err = f.GetInt("n"); err != nil {
		return w, err
	}
	if w.seed, err = f.GetUint64("seed"); err != nil {
		return w, err
	}
	if w.interpolate, err = f.GetBool("interpolate"); err != nil {
		return w, err
	}
	if w.out, err = f.GetString("out"); err != nil {
		return w, err
	}
	class, err := f.GetString("class")
	if err != nil {
		return w, err
	}
	if !f.Changed("n") {
		if w.n = shown; w.interpolate {
			w.n = 10
		} else if j.nets.Classes > 0 {
			w.n = 10 * j.nets.Classes
		}
	}
	if w.n < 1 || w.n > most || w.interpolate && w.n < 2 {
		return w, run.Usagef("--n %d: expected 1 to %d, with --interpolate 2 at least", w.n, most)
	}
	if w.out == "" {
		w.out = filepath.Join(path, "generated.png")
	}
	if ext := strings.ToLower(filepath.Ext(w.out)); ext != ".png" && (ext != ".gif" || !w.interpolate) {
		return w, run.Usagef("--out %s: expected a name that ends in .png, or in .gif with --interpolate", w.out)
	}
	if class == "" {
		return w, nil
	}
	if j.nets.Classes == 0 {
		return w, run.Usagef("--class: %s knows no classes; cgan does", j.settings.Model)
	}
	for _, name := range strings.Split(class, ",") {
		i := slices.Index(j.about.Classes, name)
		if i < 0 {
			if i, err = strconv.Atoi(name); err != nil || i < 0 || i >= j.nets.Classes {
				return w, run.Unknown("class", name, j.about.Classes)
			}
		}
		w.classes = append(w.classes, i)
	}
	return w, nil
}

// generate draws pictures that the run's generator makes.
func generate(a *run.App, r *run.Run, f *pflag.FlagSet) error {
	about := described{Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}}
	path := "."
	if r.InFolder() {
		if err := r.Describe(&about); err != nil {
			return err
		}
		path = r.Path
	}
	j, err := newGANJob(gans()[r.Settings.Model], r.Settings, about, nil, run.OpenOptions{Path: r.Path, Flags: f})
	if err != nil {
		return err
	}
	w, err := j.wants(f, path)
	if err != nil {
		return err
	}
	if err := r.Load(j); err != nil {
		return err
	}
	if w.interpolate {
		err = j.interpolate(w)
	} else {
		err = j.write(w)
	}
	if err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"event": "generated", "run": r.Path, "file": w.out, "n": w.n, "seed": w.seed})
	}
	_, err = fmt.Fprintf(a.Out, "drawn: %s\n", w.out)
	return err
}

// write draws a sheet of pictures.
func (j *ganJob) write(w wanted) error {
	x, err := j.task.Generate(j.task.Noise(w.n, w.seed), w.asked(w.n))
	if err != nil {
		return err
	}
	columns := j.columns()
	if len(w.classes) > 0 {
		columns = 8
	}
	img, err := j.draw(x, columns)
	if err != nil {
		return err
	}
	return plot.WritePNG(w.out, img)
}

// asked returns the classes of n pictures, those that the user wants in turn.
func (w wanted) asked(n int) []int {
	if w.classes == nil {
		return nil
	}
	list := make([]int, n)
	for i := range list {
		list[i] = w.classes[i%len(w.classes)]
	}
	return list
}

// ways is how many ways between points of the noise are shown.
const ways = 8

// interpolate draws the ways between points of the noise: on a sheet a row each,
// or in an animation side by side, from each point to the next and back to the
// first.
func (j *ganJob) interpolate(w wanted) error {
	points := j.task.Noise(ways+1, w.seed)
	z := j.nets.Z
	point := func(i int) []float32 { return points[i*z : (i+1)*z] }
	row := func(i int) ([]float32, error) {
		class := make([]int, w.n)
		if j.nets.Classes > 0 {
			c := i % j.nets.Classes
			if len(w.classes) > 0 {
				c = w.classes[i%len(w.classes)]
			}
			for k := range class {
				class[k] = c
			}
		} else {
			class = nil
		}
		return j.task.Generate(train.Between(point(i), point(i+1), w.n), class)
	}
	if strings.ToLower(filepath.Ext(w.out)) == ".gif" {
		return j.animateWays(w, point)
	}
	var all []float32
	for i := range ways {
		x, err := row(i)
		if err != nil {
			return err
		}
		all = append(all, x...)
	}
	img, err := j.draw(all, w.n)
	if err != nil {
		return err
	}
	return plot.WritePNG(w.out, img)
}

// animateWays lets each of eight pictures change into the next.
func (j *ganJob) animateWays(w wanted, point func(int) []float32) error {
	var list []image.Image
	for leg := range ways {
		paths := make([][]float32, ways)
		for i := range paths {
			paths[i] = train.Between(point((i+leg)%ways), point((i+leg+1)%ways), w.n+1)
		}
		for k := range w.n {
			var z []float32
			for _, p := range paths {
				z = append(z, p[k*j.nets.Z:(k+1)*j.nets.Z]...)
			}
			x, err := j.task.Generate(z, w.asked(ways))
			if err != nil {
				return err
			}
			img, err := j.draw(x, ways/2)
			if err != nil {
				return err
			}
			list = append(list, img)
		}
	}
	if len(list) == 0 {
		return errors.New("nothing to animate")
	}
	return plot.WriteGIF(w.out, list, 80*time.Millisecond)
}
