package create

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/plot"
)

// How the progress of training is shown.
const (
	shown       = 64 // pictures
	frames      = 32 // of the animation, about
	progressDir = "progress"
	frameTime   = 150 * time.Millisecond
)

// sheet draws n pictures of the seed's noise; of a GAN that knows classes each in
// turn.
func (j *ganJob) sheet(n int) (image.Image, error) {
	x, err := j.task.Generate(j.task.Noise(n, j.settings.Seed), nil)
	if err != nil {
		return nil, err
	}
	return j.draw(x, j.columns())
}

// columns is how many pictures stand in a row: of each class one, or eight.
func (j *ganJob) columns() int {
	if j.nets.Classes > 0 {
		return j.nets.Classes
	}
	return 8
}

// draw draws pictures in rows.
func (j *ganJob) draw(x []float32, columns int) (image.Image, error) {
	s := j.nets.Shape
	return plot.ImageGrid(x, [4]int{len(x) / (s[0] * s[1] * s[2]), s[0], s[1], s[2]}, plot.GridOpts{Columns: columns, Scale: 2})
}

// snapshot keeps what the generator makes before a step.
func (j *ganJob) snapshot(step int) error {
	img, err := j.sheet(shown)
	if err != nil {
		return err
	}
	dir := filepath.Join(j.dir, progressDir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return errors.Wrap(err, "snapshot")
	}
	return plot.WritePNG(filepath.Join(dir, fmt.Sprintf("step-%06d.png", step)), img)
}

// animate makes the animation of the progress, with the finished generator last.
func (j *ganJob) animate() error {
	last, err := j.sheet(shown)
	if err != nil {
		return err
	}
	if err := plot.WritePNG(filepath.Join(j.dir, "samples.png"), last); err != nil {
		return err
	}
	paths, err := filepath.Glob(filepath.Join(escaped(j.dir), progressDir, "step-*.png"))
	if err != nil {
		return err
	}
	sort.Strings(paths)
	var list []image.Image
	for _, path := range paths {
		img, err := readPNG(path)
		if err != nil {
			return err
		}
		if img.Bounds().Size() == last.Bounds().Size() {
			list = append(list, img)
		}
	}
	return plot.WriteGIF(filepath.Join(j.dir, "progress.gif"), append(list, last), frameTime)
}

// escaped is a path of which no part is a pattern.
func escaped(path string) string {
	var out []rune
	for _, r := range path {
		if r == '*' || r == '?' || r == '[' {
			out = append(out, '[', r, ']')
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

func readPNG(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := png.Decode(f)
	return img, errors.Wrapf(err, "read %s", path)
}

// show shows some pictures in the terminal, and says where more are.
func (j *ganJob) show(a *run.App) error {
	const n = 10
	x, err := j.task.Generate(j.task.Noise(n, j.settings.Seed), nil)
	if err != nil {
		return err
	}
	s := j.nets.Shape
	if err := plot.Terminal(a.Out, x, [3]int{n, s[1], s[2]}, plot.TerminalOpts{Width: a.Terminal(), Color: a.Terminal() > 0}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Out, "drawn: %s, %s\n", filepath.Join(j.dir, "samples.png"), filepath.Join(j.dir, "progress.gif"))
	return err
}
